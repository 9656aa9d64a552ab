package apitest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// TestDurations checks the accessors that return milliseconds as time.Duration.
func TestDurations(t *testing.T) {
	t.Parallel()
	var started api.InputAudioBufferSpeechStarted
	require.NoError(t, json.Unmarshal([]byte(`{"type":"input_audio_buffer.speech_started","event_id":"e","audio_start_ms":1500,"item_id":"i"}`), &started))
	assert.Equal(t, 1500*time.Millisecond, started.AudioStart())
	var stopped api.InputAudioBufferSpeechStopped
	require.NoError(t, json.Unmarshal([]byte(`{"type":"input_audio_buffer.speech_stopped","event_id":"e","audio_end_ms":2750,"item_id":"i"}`), &stopped))
	assert.Equal(t, 2750*time.Millisecond, stopped.AudioEnd())
}
