package apitest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// TestReusedMemory decodes events with audio into reused memory. Other events must not
// share that memory, even those whose first type was that of an audio event.
func TestReusedMemory(t *testing.T) {
	t.Parallel()
	const (
		first  = `{"type":"response.output_audio.delta","event_id":"event_1","delta":"AQIDBAUG"}`
		second = `{"type":"response.audio.delta","event_id":"event_2","delta":"CQkJCQkJ"}`
		turned = `{"type":"response.output_audio.delta","type":"conversation.item.added","event_id":"event_3",
			"item":{"type":"message","role":"user","content":[{"type":"input_audio","audio":"AQIDBAUG"}]}}`
	)
	d := &api.ServerEventDecoder{Reuse: true}
	e, err := d.Decode([]byte(first))
	require.NoError(t, err)
	delta, ok := e.(*api.ResponseOutputAudioDelta)
	require.True(t, ok)
	assert.Equal(t, []byte{1, 2, 3, 4, 5, 6}, delta.Delta)

	e, err = d.Decode([]byte(turned))
	require.NoError(t, err)
	added, ok := e.(*api.ConversationItemAdded)
	require.True(t, ok, "is a %T", e)

	e, err = d.Decode([]byte(second))
	require.NoError(t, err)
	again, ok := e.(*api.ResponseOutputAudioDelta)
	require.True(t, ok)
	assert.Same(t, delta, again)
	assert.Equal(t, []byte{9, 9, 9, 9, 9, 9}, again.Delta)
	assert.Equal(t, "response.audio.delta", again.EventType())

	message, ok := added.Item.(*api.UserMessage)
	require.True(t, ok)
	assert.Equal(t, []byte{1, 2, 3, 4, 5, 6}, message.Content[0].Audio, "must not have changed")
}

// TestMemoryIsNotReusedUnasked checks that no event changes later unless reuse was
// requested.
func TestMemoryIsNotReusedUnasked(t *testing.T) {
	t.Parallel()
	var d api.ServerEventDecoder
	var deltas [3]*api.ResponseOutputAudioDelta
	for i, data := range []string{"AQID", "BAUG", "BwgJ"} {
		e, err := d.Decode([]byte(`{"type":"response.output_audio.delta","item_id":"item_` + data + `","delta":"` + data + `"}`))
		require.NoError(t, err)
		x, ok := e.(*api.ResponseOutputAudioDelta)
		require.True(t, ok)
		deltas[i] = x
	}
	assert.Equal(t, []byte{1, 2, 3}, deltas[0].Delta)
	assert.Equal(t, []byte{4, 5, 6}, deltas[1].Delta)
	assert.Equal(t, "item_AQID", deltas[0].ItemID)
	assert.Equal(t, "item_BwgJ", deltas[2].ItemID)
}

// TestLentMemory decodes audio into events that the caller provides, and into new
// memory if it provides none.
func TestLentMemory(t *testing.T) {
	t.Parallel()
	decode := func(d *api.ServerEventDecoder, data string) *api.ResponseOutputAudioDelta {
		e, err := d.Decode([]byte(`{"type":"response.output_audio.delta","event_id":"e","delta":"` + data + `"}`))
		require.NoError(t, err)
		x, ok := e.(*api.ResponseOutputAudioDelta)
		require.True(t, ok)
		return x
	}
	room := make([]byte, 0, 8)
	lent := &api.ResponseOutputAudioDelta{ItemID: "of another event", Delta: room}
	next := lent
	d := &api.ServerEventDecoder{LendResponseOutputAudioDelta: func() *api.ResponseOutputAudioDelta { return next }}
	require.Same(t, lent, decode(d, "AQID"))
	assert.Equal(t, []byte{1, 2, 3}, lent.Delta)
	assert.Equal(t, "e", lent.EventID)
	assert.Empty(t, lent.ItemID)
	assert.Equal(t, []byte{1, 2, 3}, room[:3])

	next = nil
	fresh := decode(d, "BAUG")
	assert.NotSame(t, lent, fresh)
	assert.Equal(t, []byte{4, 5, 6}, fresh.Delta)
	assert.Equal(t, []byte{1, 2, 3}, lent.Delta)

	e, err := d.Decode([]byte(`{"type":"response.output_text.delta","delta":"hi"}`))
	require.NoError(t, err)
	assert.IsType(t, &api.ResponseOutputTextDelta{}, e)
}
