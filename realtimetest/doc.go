// Package realtimetest is a Realtime server in process, for tests of programs
// that use the Realtime API: what [net/http/httptest] is to HTTP.
//
// The server speaks the protocol on a real WebSocket. It validates what it
// receives, keeps a session and a conversation, detects speech in the audio
// that arrives, and streams answers event by event as the service does. No
// model stands behind it: a [Script] says what is heard and what is answered.
//
//	srv := realtimetest.NewServer(&realtimetest.Config{
//		Script: realtimetest.Script{
//			Heard: []realtimetest.Heard{{Text: "What is the weather in Lisbon?"}},
//			Rules: []realtimetest.Rule{
//				{When: realtimetest.Returned("weather"), Do: []realtimetest.Step{
//					realtimetest.Say{Text: "It is sunny."},
//				}},
//				{When: realtimetest.Said("lisbon"), Do: []realtimetest.Step{
//					realtimetest.Call{Name: "weather", Arguments: `{"city":"Lisbon"}`},
//				}},
//			},
//		},
//	})
//	defer srv.Close()
//	// Point the client at srv.URL, with any key.
//
// What no rule is for is answered by an echo, so a server without a script
// already holds a conversation.
//
// # Connections
//
// Every path that ends in /realtime is served, with the query model=…,
// intent=transcription, or call_id=… for the sideband of a call, and
// /realtime/translations for the translation protocol. Keys are
// taken from a bearer header, from api-key, or from the subprotocols that
// browsers use. As with the service, a connection that is not wanted is first
// opened, then told an error, then closed with code 3000 or 4000.
//
// # Sound
//
// Script sound is 24 kHz mono PCM16: [Tone], [Silence], [ReadWAV]. The server
// converts it to the session's format. Speech is detected by energy, by the
// threshold, padding and silence of the session's settings, and in the time of
// the audio: how fast it is sent makes no difference. Semantic VAD uses the
// same detector with a silence that depends on the eagerness alone.
//
// # Time
//
// Answers are sent as fast as the client reads unless [Config.Pace] says
// otherwise. Everything that takes time uses [Config.Clock]. Inside of a bubble
// of [testing/synctest] connect through [Server.DialContext].
//
// # MCP
//
// [Script.MCP] holds the MCP servers that there are. Their tools are listed when
// a session first names them, [MCPCall] calls one, and where the session wants
// approval the call waits for it.
//
// # Faults
//
// [Script.Faults] says what goes wrong and where: a connection is denied, closed,
// cut inside of a frame, stalled, slowed down, disturbed by garbage, or told
// something late. [Config.Intercept] does the same for REST requests, and
// [Server.ExpireSecrets] ends client secrets.
//
// # Looking in
//
// [Server.Accept] gives the server's side of a connection, a [Conn], with a log
// of all frames, waiting for one of them, and a hand to send, close and cut.
// [Await], [AllReceived] and [AllSent] do so by the type of an event:
//
//	update, err := realtimetest.Await[*api.SessionUpdate](ctx, conn)
//
// # Transcripts
//
// [Conn.Transcript] is the conversation, without credentials. [CompareGolden]
// compares it with a file, in a form that does not change from run to run.
// [Config.Replay] plays it to a client in place of the script, and tells where
// the client departs from it. A [Recorder] in front of the live service takes
// transcripts there, so that what happened once becomes a test.
//
// # Other languages
//
// The command cmd/realtimetest serves the same to any client, with scripts in
// JSON that [ReadScript] reads and [ScriptSchema] describes.
package realtimetest
