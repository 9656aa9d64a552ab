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
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTranscribe(t *testing.T) {
	t.Setenv("LIVE", "")
	cfg, end := offline.Config(nil)
	defer end()
	var out bytes.Buffer
	question := filepath.Join("..", "demo", "recordings", "question.wav")
	err := run(t.Context(), cfg, []string{"missing.wav", question}, &out)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "missing.wav")
	assert.Regexp(t, `^question\.wav  0\.\d\d – 2\.\d\d  Spoken turn 1, 2\.\d seconds\.\n$`, out.String(), "the other file is transcribed")
}
