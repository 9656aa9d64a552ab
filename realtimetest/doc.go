// Package realtimetest is a Realtime server in process, for tests of programs
// that use the Realtime API: what [net/http/httptest] is to HTTP.
//
// The server speaks the protocol on a real WebSocket. It validates the client's
// events, keeps a session and a conversation, detects speech in the audio that
// arrives, and streams responses event by event as the service does. It has no
// model: a [Script] defines what the model hears and answers.
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
//	// Set the client's base URL to srv.URL, and use any key.
//
// A turn without a rule is answered by an echo, so a server without a script
// already holds a conversation.
//
// # Connections
//
// The server accepts connections at every path that ends in /realtime, with the
// query model=…, intent=transcription, or call_id=… for the sideband of a call, and
// at /realtime/translations for the translation protocol. It takes keys from a
// bearer header, from api-key, or from the subprotocols that browsers use. Like the
// service, it opens a connection that it refuses, sends an error event, and closes
// it with code 3000 or 4000.
//
// # Sound
//
// Audio of a script is 24 kHz mono PCM16: [Tone], [Silence], or a WAV file of any
// rate through [audio.ReadWAV] and [audio.Convert]. The server converts it to the session's format. Speech is detected by energy, with the
// threshold, padding and silence of the session's settings, and in the time of the
// audio: the speed of sending has no effect. Semantic VAD uses the same detector
// with a silence that depends on the eagerness alone.
//
// # Time
//
// Responses are sent as fast as the client reads, unless [Config.Pace] is set. All
// delays use [Config.Clock]. Inside of a bubble of [testing/synctest], use
// [New], and give the client Server.URL and [Server.DialContext].
//
// # MCP
//
// [Script.MCP] holds the MCP servers. Their tools are listed when a session first
// names them, and [MCPCall] calls one. If the session requires approval, the call
// waits for it.
//
// # Faults
//
// [Script.Faults] holds failures and their places: a connection can be denied,
// closed, cut inside of a frame, stalled or slowed down, and frames can be invalid
// or late. [Config.Intercept] does the same for REST requests, and
// [Server.ExpireSecrets] expires client secrets.
//
// # Other servers
//
// [Config.Like] makes the server deviate as a compatible server does: package like has
// values for xAI, LocalAI, speaches, vLLM, Hugging Face speech-to-speech, Qwen-Omni,
// Azure Voice Live and Inworld.
//
// # Inspection
//
// [Server.Accept] returns the server's side of a connection, a [Conn]. It has a log
// of all frames, waits for frames, and can send, close and cut. [Await],
// [AllReceived] and [AllSent] do so by the type of an event:
//
//	update, err := realtimetest.Await[*api.SessionUpdate](ctx, conn)
//
// # Memory
//
// The server can run for days. Logs take at most [Config.LogBytes] in total. A session
// keeps 32 MiB of audio that is not committed, eleven minutes of PCM, and as much of
// the audio of its items; the oldest is dropped, and conversation.item.retrieve then
// returns the item without audio. The texts of items are kept until the session ends.
//
// # Transcripts
//
// [Conn.Transcript] is the conversation without credentials. [CompareGolden]
// compares it with a file, in a form that is equal in each run. [Config.Replay]
// plays it to a client in place of the script, and fails where the client deviates
// from it. A [Recorder] in front of the live service takes transcripts, so that an
// incident becomes a test.
//
// # Other languages
//
// The command cmd/realtimetest serves clients in any language, with scripts in JSON
// that [ReadScript] reads and [ScriptSchema] describes.
package realtimetest

// The files form families, from the bottom up, here with their entry points. A file uses
// files of its own family and of families listed before it; a test holds that.
//
//   - sound_*: Tone, Silence.
//   - clock_*: Clock, FastClock.
//   - text_*: quoted and nullable make members of text.
//   - script_*: Script, Rule, Turn, Step; scriptState is a session's progress;
//     ReadScript reads JSON.
//   - fault_*: Fault, Deny, Trickle, Late; faultState is a connection's progress.
//   - conn_*: Conn, Await; sender writes events, frameLog records frames.
//   - transcript_*: Transcript, CompareGolden, Recorder.
//   - config_*: Config.
//   - core_*: core is what the parts of a session share.
//   - item_*: conversation holds the items; create, remove, retrieve, truncate.
//   - mcp_*: mcpTools lists and calls the tools of MCP servers.
//   - call_*: PhoneCall, Ringing, SignWebhook; callRegistry holds the calls.
//   - response_*: responder starts and ends responses; player performs the steps.
//   - input_*: turns makes the user's turns of audio; transcriber transcribes them.
//   - session_*: session.run is the loop; dialog, translation and replay are its kinds.
//     callSession is the session of a call, and sideband a connection to it.
//   - rest_*: restAPI.serve answers requests; secrets and calls.
//   - server_*: Server, New, NewServer, Ring; admit checks handshakes.
//
// Packages below internal hold what needs no session: protocol (decoding and
// errors), settings (configuration and updates), speech (buffer and detection),
// usage (tokens and rate limits), delta (pieces of text), loop (queue and timers),
// rawconn (transport), shelf (recordings), journal (logs in bounded memory), webhook,
// golden (text of goldens), scriptfile and transcriptfile (files).
