package realtimetest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// TestPresetsThatAreNotSimulatedAreRefused uses kinds that the decoder refuses, in
// place of those of a newer specification.
func TestPresetsThatAreNotSimulatedAreRefused(t *testing.T) {
	t.Parallel()
	vad := &api.UnknownTurnDetection{Type: "new"}
	format := &api.UnknownAudioFormat{Type: "new"}
	for name, tt := range map[string]struct {
		preset api.SessionConfig
		param  string // Empty if the preset is accepted.
	}{
		"none":                        {nil, ""},
		"realtime":                    {&api.RealtimeSessionConfig{}, ""},
		"transcription":               {&api.TranscriptionSessionConfig{}, ""},
		"new VAD":                     {&api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{TurnDetection: vad}}}, "session.audio.input.turn_detection.type"},
		"new VAD in transcription":    {&api.TranscriptionSessionConfig{Audio: &api.TranscriptionAudio{Input: &api.AudioInput{TurnDetection: vad}}}, "session.audio.input.turn_detection.type"},
		"new input format":            {&api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{Format: format}}}, "session.audio.input.format.type"},
		"new format in transcription": {&api.TranscriptionSessionConfig{Audio: &api.TranscriptionAudio{Input: &api.AudioInput{Format: format}}}, "session.audio.input.format.type"},
		"new output format":           {&api.RealtimeSessionConfig{Audio: &api.SessionAudio{Output: &api.AudioOutput{Format: format}}}, "session.audio.output.format.type"},
		"new kind of session":         {&api.UnknownSessionConfig{Type: "new"}, "session.type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := New(nil)
			t.Cleanup(srv.Close)
			session, failure := srv.rest.preview(tt.preset)
			if tt.param == "" {
				require.Nil(t, failure)
				assert.NotNil(t, session)
				return
			}
			require.NotNil(t, failure)
			assert.Equal(t, http.StatusBadRequest, failure.Status)
			assert.Equal(t, protocol.CodeNotSimulated, protocol.ErrorCode(failure.Err))
			assert.Equal(t, api.Value(tt.param), failure.Err.Param)
		})
	}
}
