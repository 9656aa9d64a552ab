package realtimetest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestAsAnAgentsClientTalks sends the frames of the vendor's agents client, in its
// order, and checks the events that the client depends on.
func TestAsAnAgentsClientTalks(t *testing.T) {
	t.Parallel()
	srv := realtimetest.New(&realtimetest.Config{
		Pace: 1,
		Script: realtimetest.Script{Rules: []realtimetest.Rule{
			{When: realtimetest.Returned("lookup"), Do: []realtimetest.Step{
				realtimetest.Say{Text: "It is a very long story.", Audio: realtimetest.Tone(time.Minute)},
			}},
			{When: realtimetest.Said("story"), Do: []realtimetest.Step{realtimetest.Call{Name: "lookup", ID: "c1"}}},
		}},
	})
	t.Cleanup(srv.Close)
	client := dial(t, srv, "?model=gpt-realtime-2.1", bearer("key"))

	// The client does not wait for session.created. It sets the tracing separately.
	client.send(`{"type":"session.update","session":{"type":"realtime","instructions":"x","model":"gpt-realtime-2.1",` +
		`"output_modalities":["audio"],"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"noise_reduction":null,` +
		`"transcription":{"model":"gpt-4o-mini-transcribe"},"turn_detection":{"type":"semantic_vad"}},` +
		`"output":{"format":{"type":"audio/pcm","rate":24000},"speed":1}},"tool_choice":"auto",` +
		`"tools":[{"type":"function","name":"lookup","description":"","parameters":{"type":"object"}}]}}`)
	client.expect("session.created", "session.updated")
	client.send(`{"type":"session.update","session":{"type":"realtime","tracing":"auto"}}`)
	client.expect("session.updated")

	client.send(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"Tell me a story."}]}}`,
		`{"type":"response.create","event_id":"agents_js_response_create_1"}`)
	events := client.until("response.done completed")
	var completed []*api.FunctionCall
	for _, e := range all[*api.ResponseOutputItemDone](events) {
		assert.NotEmpty(t, e.ResponseID)
		completed = append(completed, as[*api.FunctionCall](t, e.Item))
	}
	require.Len(t, completed, 1, "a tool runs on its item's done, which must come once")
	assert.Equal(t, api.ItemStatusCompleted, *completed[0].Status)
	client.send(`{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c1","output":"once"}}`,
		`{"type":"response.create","event_id":"agents_js_response_create_2"}`)

	// After an interruption it truncates, retrieves, and waits for the response's end.
	events = client.until("response.output_audio.delta")
	item := as[*api.AssistantMessage](t, first[*api.ResponseOutputItemAdded](t, events).Item)
	played := int(audio.PCM24k.Duration(len(first[*api.ResponseOutputAudioDelta](t, events).Delta)).Milliseconds())
	client.appendAudio(realtimetest.Tone(500 * time.Millisecond))
	client.until("input_audio_buffer.speech_started")
	client.until("response.done cancelled turn_detected")
	client.sendEvent(&api.ConversationItemTruncate{ItemID: *item.ID, AudioEndMS: played})
	client.until("conversation.item.truncated")
	client.sendEvent(&api.ConversationItemRetrieve{ItemID: *item.ID})
	got := first[*api.ConversationItemRetrieved](t, client.until("conversation.item.retrieved"))
	assert.Len(t, as[*api.AssistantMessage](t, got.Item).Content, 1)

	// It edits the history with its own ids.
	client.send(`{"type":"conversation.item.delete","item_id":"`+*item.ID+`","event_id":"agents_delete_1"}`,
		`{"type":"conversation.item.create","event_id":"agents_create_1","previous_item_id":"root","item":{"id":"mine","type":"message","role":"system","content":[{"type":"input_text","text":"x"}]}}`)
	client.expect("conversation.item.deleted", "conversation.item.added", "conversation.item.done")
}
