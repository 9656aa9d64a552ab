package usage

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
)

func TestTranscriptsAreChargedAsTheirModelIs(t *testing.T) {
	t.Parallel()
	seconds := &api.TranscriptionDurationUsage{Seconds: 2.5}
	tokens := &api.TranscriptionTokenUsage{
		InputTokens: 25, OutputTokens: 2, TotalTokens: 27,
		InputTokenDetails: &api.TranscriptionTokenDetails{AudioTokens: 25},
	}
	for model, want := range map[api.TranscriptionModel]api.TranscriptionUsage{
		api.TranscriptionModelWhisper1:                      seconds,
		api.TranscriptionModelGPTRealtimeWhisper:            seconds,
		api.TranscriptionModelGPTTranscribe:                 seconds,
		api.TranscriptionModelGPTLiveTranscribe:             seconds,
		api.TranscriptionModelGPT4oTranscribe:               tokens,
		api.TranscriptionModelGPT4oMiniTranscribe:           tokens,
		api.TranscriptionModelGPT4oMiniTranscribe2025_12_15: tokens,
		api.TranscriptionModelGPT4oTranscribeDiarize:        tokens,
	} {
		assert.Equal(t, want, Transcription(model, 2500*time.Millisecond, "Good day"), model)
	}
}
