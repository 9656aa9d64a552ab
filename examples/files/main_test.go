package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/examples/demo/recordings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFiles(t *testing.T) {
	t.Setenv("LIVE", "")
	question, err := recordings.Read("question")
	require.NoError(t, err)
	in, out := filepath.Join(t.TempDir(), "in.pcm"), filepath.Join(t.TempDir(), "out.pcm")
	require.NoError(t, os.WriteFile(in, question, 0o600))
	for _, name := range []string{in, ""} {
		var log bytes.Buffer
		require.NoError(t, run(t.Context(), name, out, &log))
		answer, err := os.ReadFile(out)
		require.NoError(t, err)
		assert.NotEmpty(t, answer)
		assert.Zero(t, len(answer)%2)
		assert.Regexp(t, `^sent 128594 bytes, received \d+: \S`, log.String())
	}
	require.ErrorIs(t, run(t.Context(), filepath.Join(t.TempDir(), "none"), out, &bytes.Buffer{}), os.ErrNotExist)
}
