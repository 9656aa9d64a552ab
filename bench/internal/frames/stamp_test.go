package frames_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/gen/api"
)

func TestStampIsInTheAudio(t *testing.T) {
	t.Parallel()
	const at = 123456 * time.Hour
	event := frames.AudioDelta(160)
	frames.StampText(event[frames.AudioAt(event):], at)
	e, err := api.DecodeServerEvent(event)
	require.NoError(t, err)
	delta, ok := e.(*api.ResponseOutputAudioDelta)
	require.True(t, ok)
	audio := delta.Delta
	assert.Len(t, audio, 160)
	assert.Equal(t, at, frames.Stamped(audio))
	assert.Equal(t, at, frames.StampedText(event[frames.AudioAt(event):]))

	frames.Stamp(audio, 2*at)
	event, err = (&api.InputAudioBufferAppend{Audio: audio}).AppendJSON(nil)
	require.NoError(t, err)
	assert.Equal(t, 2*at, frames.StampedText(event[frames.AudioAt(event):]))
	assert.Equal(t, base64.StdEncoding.EncodeToString(audio), string(event[frames.AudioAt(event):len(event)-2]))
}

func TestNoStamp(t *testing.T) {
	t.Parallel()
	assert.Equal(t, -1, frames.AudioAt([]byte(frames.SessionCreated)[:40]))
	assert.Zero(t, frames.Stamped([]byte("short")))
	assert.Zero(t, frames.StampedText([]byte("short")))
	assert.Zero(t, frames.StampedText([]byte("!!!!!!!!!!!!")))
}
