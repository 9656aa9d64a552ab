package realtimetest_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// itemDone holds the events of a new item.
var itemDone = []string{"conversation.item.added", "conversation.item.done"}

// item returns the event that creates an item; rest holds further members.
func item(id, rest string) string {
	return `{"type":"conversation.item.create","event_id":"e-` + id + `","item":{"id":"` + id +
		`","type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}` + rest + `}`
}

// Each case sends frames and compares the summaries of all events that follow.
var protocolCases = map[string]struct {
	send []string
	want []string
}{
	"update answers with the session": {[]string{textOnly}, []string{"session.updated"}},
	"item":                            {[]string{userHello}, itemDone},
	"retrieve": {
		[]string{item("a", ""), `{"type":"conversation.item.retrieve","item_id":"a"}`},
		concat(itemDone, []string{"conversation.item.retrieved"}),
	},
	"delete": {
		[]string{item("a", ""), `{"type":"conversation.item.delete","item_id":"a"}`, `{"type":"conversation.item.delete","item_id":"a","event_id":"again"}`},
		concat(itemDone, []string{"conversation.item.deleted", "error item_not_found item_id again"}),
	},
	"after an unknown item": {
		[]string{item("a", `,"previous_item_id":"nobody"`)},
		[]string{"error item_not_found previous_item_id e-a"},
	},
	"the same id twice": {
		[]string{item("a", ""), item("a", "")},
		concat(itemDone, []string{"error item_already_exists item.id e-a"}),
	},
	"retrieve without an id": {
		[]string{`{"type":"conversation.item.retrieve","item_id":""}`},
		[]string{"error invalid_value item_id"},
	},
	"output for no call": {
		[]string{`{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c","output":"1"}}`},
		[]string{"error invalid_tool_call_id item.call_id"},
	},
	"assistant's audio from a client": {
		[]string{`{"type":"conversation.item.create","item":{"type":"message","role":"assistant","content":[{"type":"output_audio","audio":"AAAA"}]}}`},
		[]string{"error invalid_value item.content[0].type"},
	},
	"truncate a user's item": {
		[]string{item("a", ""), `{"type":"conversation.item.truncate","item_id":"a","content_index":0,"audio_end_ms":1}`},
		concat(itemDone, []string{"error invalid_value item_id"}),
	},
	"commit of an empty buffer": {
		[]string{`{"type":"input_audio_buffer.commit","event_id":"c"}`},
		[]string{"error input_audio_buffer_commit_empty c"},
	},
	"clear":        {[]string{`{"type":"input_audio_buffer.clear"}`}, []string{"input_audio_buffer.cleared"}},
	"empty append": {[]string{`{"type":"input_audio_buffer.append","audio":""}`}, []string{"error missing_required_parameter audio"}},
	"half a sample": {
		[]string{`{"type":"input_audio_buffer.append","audio":"AA==","event_id":"h"}`},
		[]string{"error invalid_value audio h"},
	},
	"audio that is not base64": {
		[]string{`{"type":"input_audio_buffer.append","audio":"!"}`},
		[]string{"error invalid_type audio"},
	},
	"cancel of nothing": {
		[]string{`{"type":"response.cancel","event_id":"c"}`},
		[]string{"error response_cancel_not_active c"},
	},
	"output buffer without a call": {
		[]string{`{"type":"output_audio_buffer.clear"}`},
		[]string{"error invalid_value type"},
	},
	"an item id of 33 characters": {
		[]string{item(strings.Repeat("x", 32), ""), item(strings.Repeat("x", 33), "")},
		concat(itemDone, []string{"error invalid_value item.id e-" + strings.Repeat("x", 33)}),
	},
	"an item id with a slash": {[]string{item("a/b", "")}, []string{"error invalid_value item.id e-a/b"}},
	"an item id outside of ASCII": {
		[]string{item("\u00fc", "")}, []string{"error invalid_value item.id e-ü"},
	},
	"an item id in a response": {
		[]string{`{"type":"response.create","response":{"input":[{"id":"a.b","type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}]}}`},
		[]string{"error invalid_value response.input[0].id"},
	},
	"no JSON":        {[]string{`{"type":`}, []string{"error invalid_json"}},
	"no type":        {[]string{`{"event_id":"x"}`}, []string{"error missing_required_parameter type x"}},
	"unknown type":   {[]string{`{"type":"session.destroy","event_id":"x"}`}, []string{"error invalid_value type x"}},
	"unknown member": {[]string{`{"type":"response.cancel","reason":1}`}, []string{"error unknown_parameter reason"}},
	"no session":     {[]string{`{"type":"session.update"}`}, []string{"error missing_required_parameter session"}},
	"no session type": {
		[]string{`{"type":"session.update","session":{"instructions":"x"}}`},
		[]string{"error missing_required_parameter session.type"},
	},
	"unknown session type": {
		[]string{`{"type":"session.update","session":{"type":"x"}}`},
		[]string{"error invalid_value session.type"},
	},
	"beta shape": {
		[]string{`{"type":"session.update","session":{"type":"realtime","modalities":["text"]}}`},
		[]string{"error unknown_parameter session.modalities"},
	},
	"wrong kind, deep": {
		[]string{`{"type":"session.update","event_id":"u","session":{"type":"realtime","audio":{"input":{"turn_detection":{"type":"server_vad","threshold":"high"}}}}}`},
		[]string{"error invalid_type session.audio.input.turn_detection.threshold u"},
	},
	"out of bounds, deep": {
		[]string{`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":{"type":"server_vad","threshold":2}}}}}`},
		[]string{"error invalid_value session.audio.input.turn_detection.threshold"},
	},
	"unknown in a list": {
		[]string{`{"type":"session.update","session":{"type":"realtime","tools":[{"type":"function","name":"f","strict":true}]}}`},
		[]string{"error unknown_parameter session.tools[0].strict"},
	},
	"unknown tool": {
		[]string{`{"type":"session.update","session":{"type":"realtime","tools":[{"type":"shell"}]}}`},
		[]string{"error invalid_value session.tools[0].type"},
	},
	"unknown VAD": {
		[]string{`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":{"type":"psychic"}}}}}`},
		[]string{"error invalid_value session.audio.input.turn_detection.type"},
	},
	"wrong rate": {
		[]string{`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcm","rate":16000}}}}}`},
		[]string{"error invalid_value session.audio.input.format.rate"},
	},
	"wrong rate of the output": {
		[]string{`{"type":"session.update","session":{"type":"realtime","audio":{"output":{"format":{"type":"audio/pcm","rate":8000}}}}}`},
		[]string{"error invalid_value session.audio.output.format.rate"},
	},
	"rate of G.711": {
		[]string{`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu","rate":8000}}}}}`},
		[]string{"error unknown_parameter session.audio.input.format.rate"},
	},
	"rate as text": {
		[]string{`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcm","rate":"24000"}}}}}`},
		[]string{"error invalid_value session.audio.input.format.rate"},
	},
	"wrong rate in a response": {
		[]string{`{"type":"response.create","response":{"audio":{"output":{"format":{"type":"audio/pcm","rate":16000}}}}}`},
		[]string{"error invalid_value response.audio.output.format.rate"},
	},
	"both modalities": {
		[]string{`{"type":"session.update","session":{"type":"realtime","output_modalities":["text","audio"]}}`},
		[]string{"error invalid_value session.output_modalities"},
	},
	"another model": {
		[]string{`{"type":"session.update","session":{"type":"realtime","model":"other"}}`},
		[]string{"error invalid_value session.model"},
	},
	"transcription in a realtime session": {
		[]string{`{"type":"session.update","session":{"type":"transcription"}}`},
		[]string{"error invalid_value session.type"},
	},
	"reference to nothing": {
		[]string{`{"type":"response.create","response":{"input":[{"type":"item_reference","id":"x"}]}}`},
		[]string{"error item_not_found response.input[0].id"},
	},
	"an id that is too long": {
		[]string{`{"type":"response.cancel","event_id":"` + longID + `"}`},
		[]string{"error invalid_value event_id " + longID},
	},
}

func TestProtocol(t *testing.T) {
	t.Parallel()
	for name, c := range protocolCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _ := start(t, nil)
			client.send(c.send...)
			client.expect(c.want...)
			client.quiet()
		})
	}
}

var longID = strings.Repeat("x", 513)

func TestAnAppendHolds15MiB(t *testing.T) {
	t.Parallel()
	// A slow machine may need longer than the server's write timeout for a ping.
	synctest.Test(t, func(t *testing.T) {
		client, _ := start(t, nil)
		client.sendEvent(&api.InputAudioBufferAppend{Audio: make([]byte, 15<<20)})
		client.quiet()
		client.sendEvent(&api.InputAudioBufferAppend{Audio: make([]byte, 15<<20+2)})
		client.expect("error invalid_value audio")
		client.quiet()
	})
}

func TestItemsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	client, _ := start(t, nil)
	system := func(id, previous string) string {
		s := `{"type":"conversation.item.create","item":{"id":"` + id + `","type":"message","role":"system","content":[{"type":"input_text","text":"x"}]}`
		if previous != "" {
			s += `,"previous_item_id":"` + previous + `"`
		}
		return s + `}`
	}
	for _, c := range []struct{ id, previous, want string }{
		{"b", "", ""}, {"d", "", "b"}, {"a", "root", ""}, {"c", "b", "b"}, {"e", "", "d"},
	} {
		client.send(system(c.id, c.previous))
		events := client.expect("conversation.item.added", "conversation.item.done")
		before := first[*api.ConversationItemAdded](t, events).PreviousItemID
		got, _ := before.Get()
		assert.Equal(t, c.want, got, c.id)
		assert.Equal(t, c.want == "", before.IsNull(), c.id)
	}
}

func TestBinaryFrameIsAnErrorOnly(t *testing.T) {
	t.Parallel()
	client, _ := start(t, nil)
	require.NoError(t, client.ws.WriteMessage(2, []byte{1, 2}))
	client.expect("error invalid_message_type")
	client.quiet()
}

func TestEventIDsAreUnique(t *testing.T) {
	t.Parallel()
	client, _ := start(t, nil)
	client.send(textOnly, userHello, respond)
	seen := map[string]bool{}
	for _, e := range client.until("rate_limits.updated") {
		id := api.ServerEventID(e)
		assert.NotEmpty(t, id, e.EventType())
		assert.False(t, seen[id], id)
		seen[id] = true
	}
}

func TestUserAudioHasATranscriptMember(t *testing.T) {
	t.Parallel()
	client, _ := start(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{{Text: "hi"}}}})
	client.sendEvent(&api.ConversationItemCreate{Item: api.UserAudio(realtimetest.Tone(200 * 1e6))})
	added := first[*api.ConversationItemAdded](t, client.expect("conversation.item.added", "conversation.item.done"))
	part := as[*api.UserMessage](t, added.Item).Content[0]
	assert.True(t, part.Transcript.IsNull())
	assert.Nil(t, part.Audio, "events leave audio out")

	client.sendEvent(&api.ConversationItemRetrieve{ItemID: *as[*api.UserMessage](t, added.Item).ID})
	got := first[*api.ConversationItemRetrieved](t, client.expect("conversation.item.retrieved"))
	assert.Equal(t, realtimetest.Tone(200*1e6), as[*api.UserMessage](t, got.Item).Content[0].Audio)
}
