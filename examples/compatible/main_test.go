package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/examples/internal/offline"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/realtimetest/like"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCompatible(t *testing.T) {
	t.Setenv("LIVE", "")
	const answer = "You said: Where do I get the best view of Lisbon?\n"
	for name, server := range map[string]*like.Server{"LocalAI": like.LocalAI(), "Hugging Face": like.HuggingFace(), "xAI": like.XAI()} {
		t.Run(name, func(t *testing.T) {
			cfg, end := offline.Config(&realtimetest.Config{Like: server})
			defer end()
			var out bytes.Buffer
			require.NoError(t, run(t.Context(), cfg, "m", &out))
			assert.Contains(t, out.String(), answer)
		})
	}
	t.Run("vLLM cannot", func(t *testing.T) {
		cfg, end := offline.Config(&realtimetest.Config{Like: like.VLLM()})
		defer end()
		var out bytes.Buffer
		require.ErrorContains(t, run(t.Context(), cfg, "m", &out), "lacks what this program needs")
		assert.Contains(t, out.String(), "cannot")
	})
}
