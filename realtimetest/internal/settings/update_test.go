package settings

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

func TestUpdatesThatAreNotSimulatedAreRefused(t *testing.T) {
	t.Parallel()
	input := func(in api.AudioInput) api.SessionConfig {
		return &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &in}}
	}
	transcription := func(in api.AudioInput) api.SessionConfig {
		return &api.TranscriptionSessionConfig{Audio: &api.TranscriptionAudio{Input: &in}}
	}
	for name, tt := range map[string]struct {
		change api.SessionConfig
		param  string // Empty if the change is accepted.
	}{
		"no turn detection":           {change: input(api.AudioInput{TurnDetection: api.Null{}})},
		"server VAD":                  {change: input(api.AudioInput{TurnDetection: &api.ServerVAD{}})},
		"semantic VAD":                {change: input(api.AudioInput{TurnDetection: &api.SemanticVAD{}})},
		"new VAD":                     {input(api.AudioInput{TurnDetection: &api.UnknownTurnDetection{Type: "new"}}), "session.audio.input.turn_detection.type"},
		"new input format":            {input(api.AudioInput{Format: &api.UnknownAudioFormat{Type: "new"}}), "session.audio.input.format.type"},
		"new VAD in transcription":    {transcription(api.AudioInput{TurnDetection: &api.UnknownTurnDetection{Type: "new"}}), "session.audio.input.turn_detection.type"},
		"new format in transcription": {transcription(api.AudioInput{Format: &api.UnknownAudioFormat{Type: "new"}}), "session.audio.input.format.type"},
		"server VAD in transcription": {change: transcription(api.AudioInput{TurnDetection: &api.ServerVAD{}})},
		"transcription without audio": {change: &api.TranscriptionSessionConfig{}},
		"new kind of session":         {&api.UnknownSessionConfig{Type: "new"}, "session.type"},
		"new output format":           {&api.RealtimeSessionConfig{Audio: &api.SessionAudio{Output: &api.AudioOutput{Format: &api.UnknownAudioFormat{Type: "new"}}}}, "session.audio.output.format.type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := NewRealtime("sess_1", "m", 0)
			if _, ok := tt.change.(*api.TranscriptionSessionConfig); ok {
				s = NewTranscription("sess_1", 0)
			}
			err := s.Update(tt.change)
			if tt.param == "" {
				assert.Nil(t, err)
				return
			}
			require.NotNil(t, err)
			assert.Equal(t, protocol.CodeNotSimulated, protocol.ErrorCode(err))
			assert.Equal(t, api.Value(tt.param), err.Param)
		})
	}
}
