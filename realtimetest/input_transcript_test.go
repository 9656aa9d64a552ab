package realtimetest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestSegmentsTellSpeakersApart(t *testing.T) {
	t.Parallel()
	c, _ := start(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{
		{Text: "Hello. Good day.", Segments: []realtimetest.Segment{
			{Speaker: "A", Text: "Hello.", End: 400 * time.Millisecond},
			{Speaker: "B", Text: "Good day.", Start: 400 * time.Millisecond, End: time.Second},
		}},
	}}})
	c.send(`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":null,` +
		`"transcription":{"model":"gpt-4o-transcribe-diarize"}}}}}`)
	for range 2 {
		c.appendAudio(realtimetest.Tone(time.Second))
		c.send(`{"type":"input_audio_buffer.commit"}`)
	}
	const completed = "conversation.item.input_audio_transcription.completed"
	segments := all[*api.ConversationItemInputAudioTranscriptionSegment](c.until(completed))
	require.Len(t, segments, 2)
	assert.Equal(t, "B", segments[1].Speaker)
	assert.InDelta(t, 0.4, segments[1].Start, 1e-9)
	assert.NotEqual(t, segments[0].ID, segments[1].ID)
	segments = all[*api.ConversationItemInputAudioTranscriptionSegment](c.until(completed))
	require.Len(t, segments, 1, "without any in the script, one speaker says it all")
	assert.InDelta(t, 1.0, segments[0].End, 1e-9)
}

func TestLogprobsAreSentWhenAskedFor(t *testing.T) {
	t.Parallel()
	c, _ := start(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{{Text: "bom día"}}}})
	c.send(`{"type":"session.update","session":{"type":"realtime","include":["item.input_audio_transcription.logprobs"],` +
		`"audio":{"input":{"turn_detection":null,"transcription":{"model":"gpt-4o-transcribe"}}}}}`)
	c.appendAudio(realtimetest.Tone(time.Second))
	c.send(`{"type":"input_audio_buffer.commit"}`)
	events := c.until("conversation.item.input_audio_transcription.completed")
	probs, ok := first[*api.ConversationItemInputAudioTranscriptionCompleted](t, events).Logprobs.Get()
	require.True(t, ok)
	require.Len(t, probs, 2)
	assert.Equal(t, []int{'d', 0xC3, 0xAD, 'a'}, probs[1].Bytes)
	delta, _ := first[*api.ConversationItemInputAudioTranscriptionDelta](t, events).Logprobs.Get()
	assert.Len(t, delta, 1)
}
