package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/examples/internal/offline"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFiles(t *testing.T) {
	t.Setenv("LIVE", "")
	cfg, end := offline.Config(nil)
	defer end()
	question, err := recordings.Read("question")
	require.NoError(t, err)
	in, out := filepath.Join(t.TempDir(), "in.pcm"), filepath.Join(t.TempDir(), "out.pcm")
	require.NoError(t, os.WriteFile(in, question, 0o600))
	for _, name := range []string{in, ""} {
		var log bytes.Buffer
		require.NoError(t, run(t.Context(), cfg, name, out, &log))
		answer, err := os.ReadFile(out)
		require.NoError(t, err)
		assert.NotEmpty(t, answer)
		assert.Zero(t, len(answer)%2)
		assert.Regexp(t, `^sent 128594 bytes, received \d+: \S`, log.String())
	}
	require.ErrorIs(t, run(t.Context(), cfg, filepath.Join(t.TempDir(), "none"), out, &bytes.Buffer{}), os.ErrNotExist)
}

// TestFilesSendsTheLeastEvents holds what goes over the wire: the settings, the
// file, one commit, one request for an answer; and that the answer is written as
// it comes.
func TestFilesSendsTheLeastEvents(t *testing.T) {
	t.Parallel()
	question, err := recordings.Read("question")
	require.NoError(t, err)
	srv := realtimetest.NewServer(nil)
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{APIKey: "any", BaseURL: srv.URL, Proxy: realtime.NoProxy})
	require.NoError(t, err)
	var answer bytes.Buffer
	require.NoError(t, ask(t.Context(), client, bytes.NewReader(question), &answer, &bytes.Buffer{}))
	conn, err := srv.Accept(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{
		"session.update", "input_audio_buffer.append", "input_audio_buffer.commit", "response.create",
	}, slices.Compact(conn.Types(realtimetest.Received)))
	assert.Equal(t, question, conn.AudioReceived())
	assert.Equal(t, conn.AudioSent(), answer.Bytes())
}
