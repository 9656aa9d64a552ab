package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/examples/internal/offline"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestObserve holds that the recording, the page and the bill are about the conversation.
func TestObserve(t *testing.T) {
	t.Setenv("LIVE", "")
	cfg, end := offline.Config(&realtimetest.Config{Pace: 4, Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "How is Lisbon? Write to me@example.com."}},
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "Sunny."}}}},
	}})
	defer end()
	dir := t.TempDir()
	name, page := filepath.Join(dir, "call.jsonl"), filepath.Join(dir, "call.html")
	var out bytes.Buffer
	require.NoError(t, talk(t.Context(), cfg, filepath.Join("..", "demo", "recordings", "question.wav"), name, &out))
	assert.Regexp(t, `^How is Lisbon\? Write to me@example\.com\. – Sunny\. \(after \d\.\d s\)\nUSD 0\.\d*[1-9]\d*\n$`, out.String())

	require.NoError(t, show(name, page))
	rec, err := recording.Open(name)
	require.NoError(t, err)
	turns := rec.Timeline().Turns
	require.Len(t, turns, 1)
	assert.Equal(t, "Sunny.", turns[0].Agent)
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Contains(t, string(text), "Sunny.")
	assert.NotContains(t, string(text), "me@example.com")
}
