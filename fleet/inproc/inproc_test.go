package inproc_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/fleet/inproc"
)

const dirEnv = "INPROC_TEST_DIR"

// TestMain is also a process that stores a message and is killed.
func TestMain(m *testing.M) {
	dir := os.Getenv(dirEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := storeAndDie(dir); err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(2)
	}
}

// TestStoredMessagesSurviveAKill: the server's files are usable after a process kill, and
// the lock of the folder goes with the process.
func TestStoredMessagesSurviveAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), dirEnv+"="+dir)
	cmd.Stderr = os.Stderr
	require.ErrorContains(t, cmd.Run(), "killed")
	server, err := inproc.Start(t.Context(), dir)
	require.NoError(t, err)
	defer server.Close()
	js, err := jetstream.New(server.Conn)
	require.NoError(t, err)
	s, err := js.Stream(t.Context(), "S")
	require.NoError(t, err)
	m, err := s.GetLastMsgForSubject(t.Context(), "s")
	require.NoError(t, err)
	assert.Equal(t, "kept", string(m.Data))
}

func TestAFolderIsUsedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, err := inproc.Start(t.Context(), dir)
	require.NoError(t, err)
	assert.Equal(t, -1, server.Conn.Opts.ReconnectBufSize)
	_, err = inproc.Start(t.Context(), dir)
	require.ErrorIs(t, err, inproc.ErrInUse)
	for range 3 { // Close waits for the end of the server.
		server.Close()
		server.Close()
		require.Equal(t, nats.CLOSED, server.Conn.Status())
		server, err = inproc.Start(t.Context(), dir)
		require.NoError(t, err)
	}
	server.Close()

	_, err = inproc.Start(t.Context(), os.Args[0]+"/dir")
	require.ErrorContains(t, err, "inproc: ")
}
