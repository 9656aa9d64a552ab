package contender_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/server"
)

// TestMain also runs the processes that the tests start.
func TestMain(m *testing.M) {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "server":
		err = server.Main()
	case len(os.Args) == 2 && os.Args[1] == "client":
		err = contender.Main(context.Background())
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// TestEveryClientHearsTheServer runs each client with two sessions, over TCP and over
// TLS, with client and server in separate processes. The clients use one server in
// turn.
func TestEveryClientHearsTheServer(t *testing.T) {
	srv, err := server.Start(t.Context(), "server")
	require.NoError(t, err)
	defer srv.Close()
	for _, secure := range []bool{false, true} {
		for _, k := range []contender.Kind{contender.Bare, contender.Reused, contender.Owned, contender.Community, contender.Silent, contender.Node} {
			t.Run(fmt.Sprintf("%s, TLS %v", k, secure), func(t *testing.T) { checkClient(t, srv, k, secure) })
		}
	}
}

func checkClient(t *testing.T, srv *server.Remote, k contender.Kind, secure bool) {
	t.Helper()
	c, err := contender.Start(t.Context(), k, "client", "../../node")
	if errors.Is(err, contender.ErrNoNode) {
		t.Skip(err)
	}
	require.NoError(t, err)
	defer c.Close()
	err = c.Open(t.Context(), &srv.Address, secure, 2)
	if k == contender.Node && !secure {
		require.ErrorContains(t, err, "TLS alone")
		return
	}
	require.NoError(t, err)
	before, err := c.Memory(t.Context())
	require.NoError(t, err)
	assert.Positive(t, before.Heap)
	require.NoError(t, srv.Stream(t.Context(), server.All))
	if k != contender.Silent {
		require.Eventually(t, func() bool {
			s, err := c.Stat(t.Context())
			return err == nil && s.Events >= 2 && s.CPU > 0
		}, 10*time.Second, time.Millisecond)
	}
	require.NoError(t, srv.Halt(t.Context()))
	s, err := srv.Stat(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, s.Sessions)
	got, err := c.Stat(t.Context())
	require.NoError(t, err)
	assert.Zero(t, got.Broken)
	assert.LessOrEqual(t, got.Events, s.Sent)
	require.NoError(t, srv.Drop(t.Context()))
}

func TestNodeIsMissing(t *testing.T) {
	t.Parallel()
	_, err := contender.Start(t.Context(), contender.Node, "client", t.TempDir())
	require.ErrorIs(t, err, contender.ErrNoNode)
}

func TestOpenTellsWhatFailed(t *testing.T) {
	t.Parallel()
	c, err := contender.Start(t.Context(), contender.Bare, "client", "")
	require.NoError(t, err)
	defer c.Close()
	err = c.Open(t.Context(), &server.Address{Plain: "http://127.0.0.1:1/v1"}, false, 1)
	require.ErrorContains(t, err, "bare socket: open")
}
