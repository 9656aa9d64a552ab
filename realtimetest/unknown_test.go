package realtimetest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// newerUpdate has a new member, a new member in depth, and a new kind of tool.
const newerUpdate = `{"type":"session.update","session":{"type":"realtime","mood":"calm",` +
	`"audio":{"output":{"whisper":true}},"tools":[{"type":"shell","root":"/"},{"type":"function","name":"f","strict":true}]}}`

func TestAllowUnknown(t *testing.T) {
	t.Parallel()
	client, _ := start(t, &realtimetest.Config{AllowUnknown: true})
	client.send(newerUpdate)
	session := sessionJSON(t, client.read())
	assert.Equal(t, "calm", session["mood"])
	assert.Equal(t, true, at(session, "audio", "output", "whisper"))
	tools, ok := session["tools"].([]any)
	require.True(t, ok)
	assert.Equal(t, map[string]any{"type": "shell", "root": "/"}, tools[0])
	client.send(`{"type":"session.pause","event_id":"new"}`)
	client.send(`{"type":"conversation.item.create","item":{"type":"message","role":"user","tone":"glad","content":[{"type":"input_text","text":"hi"}]}}`)
	added := first[*api.ConversationItemAdded](t, client.expect("conversation.item.added", "conversation.item.done"))
	data, err := added.AppendJSON(nil)
	require.NoError(t, err)
	assert.Contains(t, string(data), `"tone":"glad"`)

	// What the specification does have must still fit it.
	client.send(`{"type":"session.update","session":{"type":"realtime","mood":"calm","instructions":5}}`)
	client.expect("error invalid_type session.instructions")
	client.send(`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcm","rate":16000}}}}}`)
	client.expect("error invalid_value session.audio.input.format.rate")
	client.quiet()

	r := newREST(t, &realtimetest.Config{AllowUnknown: true})
	status, body, _ := r.post("k", "/realtime/client_secrets", jsonKind, `{"newer":1,"session":{"type":"realtime","model":"m","mood":"calm"}}`)
	assert.Equal(t, 200, status, body)
	assert.Contains(t, body, `"mood":"calm"`)
}

// A wrong rate refuses the rest of the update too, wherever a session is configured.
func TestAWrongRateRefusesTheWholeUpdate(t *testing.T) {
	t.Parallel()
	const wrong = `"audio":{"input":{"format":{"type":"audio/pcm","rate":16000}}}`
	client, _ := start(t, nil)
	client.send(`{"type":"session.update","session":{"type":"realtime","instructions":"x",` + wrong + `}}`)
	client.expect("error invalid_value session.audio.input.format.rate")
	client.send(`{"type":"session.update","session":{"type":"realtime"}}`)
	assert.Empty(t, sessionJSON(t, client.read())["instructions"])

	srv := realtimetest.New(nil)
	t.Cleanup(srv.Close)
	notes := dial(t, srv, "?intent=transcription", bearer("key"))
	notes.until("session.created")
	notes.send(`{"type":"session.update","session":{"type":"transcription",` + wrong + `}}`)
	notes.expect("error invalid_value session.audio.input.format.rate")

	r := newREST(t, nil)
	status, body, _ := r.post("k", "/realtime/client_secrets", jsonKind, `{"session":{"type":"realtime","model":"m",`+wrong+`}}`)
	assert.Equal(t, 400, status)
	assert.Contains(t, body, "session.audio.input.format.rate")
}
