package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/examples/internal/phonecall"
)

// TestPhone places the call of make demo-phone.
func TestPhone(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the call takes the time that its sound takes")
	}
	folder := t.TempDir()
	var out bytes.Buffer
	require.NoError(t, phonecall.Simulate(t.Context(), folder, phone, &out))
	assert.Contains(t, out.String(), "interrupted the answer once")
	for channel := 1; channel <= 2; channel++ {
		f, err := os.Open(filepath.Join(folder, "call.wav"))
		require.NoError(t, err)
		wav, err := audio.ReadWAV(f, &audio.WAVOptions{Channel: channel})
		require.NoError(t, err)
		sound, err := io.ReadAll(wav)
		require.NoError(t, err)
		assert.Greater(t, wav.Format().Level(sound), -60.0, "channel %d is silent", channel)
		assert.Greater(t, wav.Length(), 8*time.Second)
		require.NoError(t, f.Close())
	}
	page, err := os.ReadFile(filepath.Join(folder, "call.html"))
	require.NoError(t, err)
	assert.Contains(t, string(page), "Wait, and tomorrow?")
}

// TestShort holds the length of the example.
func TestShort(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("main.go")
	require.NoError(t, err)
	assert.Less(t, strings.Count(string(text), "\n"), 60)
}
