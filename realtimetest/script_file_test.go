package realtimetest_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

const everyStep = `{
  "$schema": "script.schema.json",
  "description": "One of each.",
  "heard": [
    {"text": "from the file", "recording": "tone.wav", "delay": "10ms", "language": "en"},
    {"failure": {"type": "server_error", "code": "audio_unintelligible", "message": "noise"}},
    {"text": "a b", "segments": [{"speaker": "A", "text": "a", "end": "1s"}, {"speaker": "B", "text": "b", "start": "1s", "end": "2s"}], "translation": "x"}
  ],
  "rules": [
    {"when": {"said": "call"}, "do": [{"call": "f", "arguments": {"a": [1, 2]}, "id": "c1"}, {"call": "g", "arguments": "{broken"}]},
    {"when": {"returned": "f", "spoken": false, "instructions": "polite"}, "times": 1, "do": [{"wait": "5ms"}, {"say": "thank you"}]},
    {"when": {"said": "tone"}, "do": [{"say": "hm", "tone": "250ms"}]},
    {"when": {"said": "file"}, "do": [{"say": "hm", "wav": "tone.wav"}]},
    {"when": {"said": "stop"}, "do": [{"stop": "content_filter"}]},
    {"when": {"said": "fail"}, "do": [{"fail": {"type": "server_error", "code": "oops", "message": "m"}}]},
    {"when": {"said": "refuse"}, "times": 1, "do": [{"refuse": {"code": "no", "message": "m", "param": "response"}}]},
    {"when": {"said": "emit"}, "do": [{"emit": {"type": "conversation.created", "event_id": "", "conversation": {"id": "conv_1"}}}, {"send": "garbage"}]},
    {"when": {"said": "hang"}, "do": [{"hang": true}]},
    {"when": {"said": "mcp"}, "do": [{"mcp_call": "t", "server": "s", "arguments": {}}]},
    {"when": {"said": "stall"}, "do": [{"stall": "1ms"}, {"cut": true}]},
    {"when": {"said": "bye"}, "do": [{"hang_up": {"code": 4000, "reason": "bye"}}]},
    {"when": {"turn": 1}, "do": [{"say": "welcome"}]}
  ],
  "mcp": [{"label": "s", "delay": "1ms", "tools": [{"name": "t", "description": "d", "input_schema": {}, "read_only": true, "output": "o", "delay": "1ms"}, {"name": "u", "error": "e"}]},
    {"label": "down", "failure": true}],
  "faults": [
    {"conn": 2, "do": {"deny": {"status": 429, "retry_after": "1s"}}},
    {"conn": 3, "do": {"trickle": {"bytes": 1000, "every": "1us"}}},
    {"conn": 3, "at": {"sent": "response.created"}, "nth": 1, "do": {"late": 1}},
    {"conn": 3, "at": {"received": "response.cancel"}, "do": {"hang_up": {"code": 1011}}}
  ]
}`

// toneWAV returns a WAV file of realtimetest.Tone.
func toneWAV(t *testing.T, d time.Duration) []byte {
	t.Helper()
	var file bytes.Buffer
	wav := audio.NewWAVWriter(&file, audio.PCM24k, 1)
	_, err := wav.Write(realtimetest.Tone(d))
	require.NoError(t, err)
	require.NoError(t, wav.Close())
	return file.Bytes()
}

func readScript(t *testing.T, text string) *realtimetest.Script {
	t.Helper()
	script, err := realtimetest.ReadScript(strings.NewReader(text), fstest.MapFS{"tone.wav": {Data: toneWAV(t, 300*time.Millisecond)}})
	require.NoError(t, err)
	return script
}

// ask writes a message, asks for a response, and reads to the event.
func (c *client) ask(text, last string) []api.ServerEvent {
	c.t.Helper()
	c.sendEvent(&api.ConversationItemCreate{Item: &api.UserMessage{Content: []api.UserContent{
		{Type: api.UserContentTypeInputText, Text: new(text)},
	}}})
	c.send(respond)
	return c.until(last)
}

func TestScriptFile(t *testing.T) {
	t.Parallel()
	c, _ := start(t, &realtimetest.Config{Script: *readScript(t, everyStep)})
	c.send(`{"type":"session.update","session":{"type":"realtime","instructions":"Be polite."}}`)
	said := first[*api.ResponseDone](t, c.ask("hello", "response.done completed"))
	assert.Equal(t, "welcome", *as[*api.AssistantMessage](t, said.Response.Output[0]).Content[0].Transcript)

	calls := all[*api.ResponseFunctionCallArgumentsDone](c.ask("call", "response.done completed"))
	require.Len(t, calls, 2)
	assert.Equal(t, `{"a":[1,2]}`, calls[0].Arguments)
	assert.Equal(t, "c1", calls[0].CallID)
	assert.Equal(t, "{broken", calls[1].Arguments)
	c.sendEvent(&api.ConversationItemCreate{Item: &api.FunctionCallOutput{CallID: "c1", Output: "done"}})
	c.send(respond)
	answer := first[*api.ResponseOutputAudioTranscriptDone](t, c.until("response.done completed"))
	assert.Equal(t, "thank you", answer.Transcript)

	for text, ms := range map[string]int{"tone": 250, "file": 300} {
		sound := 0
		for _, d := range all[*api.ResponseOutputAudioDelta](c.ask(text, "response.done completed")) {
			sound += len(d.Delta)
		}
		assert.Equal(t, ms*48, sound, text)
	}
	c.ask("stop", "response.done incomplete content_filter")
	c.ask("fail", "response.done failed")
	c.ask("refuse", "error no response")
	c.ask("hang", "response.created")
	c.send(`{"type":"response.cancel"}`)
	c.until("response.done cancelled client_cancelled")
	first[*api.ResponseMCPCallFailed](t, c.ask("mcp", "response.done completed")) // The session does not use the server.
	created := first[*api.ConversationCreated](t, c.ask("emit", "conversation.created"))
	assert.NotEmpty(t, created.EventID)
	_, data, err := c.ws.ReadMessage()
	require.NoError(t, err)
	assert.Equal(t, "garbage", string(data))
	c.until("response.done completed")
	c.send(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"bye"}]}}`, respond)
	_, err = c.broken()
	assert.True(t, websocket.IsCloseError(err, 4000), "%v", err)
}

func TestScriptFileFaults(t *testing.T) {
	t.Parallel()
	_, srv := start(t, &realtimetest.Config{Script: *readScript(t, everyStep)})
	d := websocket.Dialer{NetDialContext: srv.DialContext}
	_, res, err := d.DialContext(t.Context(), "ws://localhost/v1/realtime?model=m", bearer("key"))
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, 429, res.StatusCode)
	c := dial(t, srv, "?model=m", bearer("key"))
	c.send(textOnly, respond)
	c.expect("session.created", "session.updated", "response.output_item.added", "response.created")
	c.send(`{"type":"response.cancel"}`)
	_, err = c.broken()
	assert.True(t, websocket.IsCloseError(err, 1011), "%v", err)
}

func TestScriptFileHears(t *testing.T) {
	t.Parallel()
	script := readScript(t, everyStep)
	require.Len(t, script.Heard, 3)
	assert.Equal(t, realtimetest.Tone(300*time.Millisecond), script.Heard[0].Recording)
	assert.Equal(t, "noise", script.Heard[1].Failure.Message)
	assert.Equal(t, time.Second, script.Heard[2].Segments[1].Start)
	require.Len(t, script.MCP, 2)
	assert.IsType(t, &api.MCPToolExecutionError{}, script.MCP[0].Tools[1].Error)
}

func TestScriptFileErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{`:                       "unexpected EOF",
		`{} {}`:                   "more than one JSON value",
		`{"rule":[]}`:             `unknown field "rule"`,
		`{"rules":[{"do":[]}]}`:   "rules[0]: the rule does nothing",
		`{"rules":[{"do":[{}]}]}`: "rules[0].do[0]: a step is of one kind, this is of 0",
		`{"rules":[{"do":[{"say":"x"},{"hang":true,"id":"x"}]}]}`: "rules[0].do[1]: id does not belong to hang",
		`{"rules":[{"do":[{"wait":"soon"}]}]}`:                    `"soon" is not a duration`,
		`{"rules":[{"do":[{"wait":5}]}]}`:                         "a duration is text",
		`{"rules":[{"do":[{"say":"x","wav":"none.wav"}]}]}`:       "rules[0].do[0].wav: open none.wav",
		`{"rules":[{"do":[{"mcp_call":"x"}]}]}`:                   "mcp_call needs a server",
		`{"rules":[{"do":[{"emit":{"x":1}}]}]}`:                   "rules[0].do[0].emit",
		`{"rules":[{"do":[{"late":1}]}]}`:                         "rules[0].do[0]: late is for faults",
		`{"faults":[{"do":{"hang":true}}]}`:                       "faults[0].do: hang is no fault",
		`{"faults":[{"at":{}}]}`:                                  "faults[0].at: a frame is either sent or received",
		`{"faults":[{}]}`:                                         "faults[0]: the fault does nothing",
		`{"mcp":[{}]}`:                                            "mcp[0]: the server needs a label",
	} {
		_, err := realtimetest.ReadScript(strings.NewReader(text), fstest.MapFS{})
		assert.ErrorContains(t, err, want, text)
	}
	_, err := realtimetest.ReadScript(strings.NewReader(`{"heard":[{"recording":"x.wav"}]}`), nil)
	assert.ErrorContains(t, err, "no directory")
}

func TestInteropScriptIsRead(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../interop/script.json")
	require.NoError(t, err)
	defer f.Close()
	_, err = realtimetest.ReadScript(f, nil)
	require.NoError(t, err)
}

func TestScriptOfTheManualIsRead(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/test-server.md")
	require.NoError(t, err)
	_, after, ok := strings.Cut(string(text), "```json\n")
	require.True(t, ok)
	block, _, _ := strings.Cut(after, "```")
	script, err := realtimetest.ReadScript(strings.NewReader(block), fstest.MapFS{"goodbye.wav": {Data: toneWAV(t, time.Second)}})
	require.NoError(t, err)
	assert.Len(t, script.Faults, 2)
}
