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
		for _, k := range []contender.Kind{contender.Bare, contender.Plain, contender.Reused, contender.Owned, contender.Whole, contender.Community, contender.OpenAI, contender.OpenAIRaw, contender.Silent, contender.Node} {
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
	require.NoError(t, srv.Stream(t.Context(), server.All, server.Pace{}))
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

// talkers are the clients that send and receive.
var talkers = []contender.Kind{contender.Bare, contender.Plain, contender.Reused, contender.Owned, contender.Whole, contender.Community, contender.OpenAI, contender.OpenAIRaw}

// TestDelaysAreMeasuredBothWays streams stamped audio to two sessions of each client, and
// back. Both processes use one clock, so that no delay is negative or longer than the test.
func TestDelaysAreMeasuredBothWays(t *testing.T) {
	srv, err := server.Start(t.Context(), "server")
	require.NoError(t, err)
	defer srv.Close()
	for _, k := range talkers {
		t.Run(string(k), func(t *testing.T) {
			c, err := contender.Start(t.Context(), k, "client", "")
			require.NoError(t, err)
			defer c.Close()
			require.NoError(t, c.Ballast(t.Context(), 1<<20))
			require.NoError(t, c.Open(t.Context(), &srv.Address, false, 2))
			begin := time.Now()
			require.NoError(t, c.ListenIn(t.Context()))
			require.NoError(t, srv.Stream(t.Context(), server.All, server.Pace{Stamp: true}))
			require.Eventually(t, func() bool {
				s, err := c.Stat(t.Context())
				return err == nil && s.Events >= 4 && s.Allocs > 0
			}, 20*time.Second, time.Millisecond)
			require.NoError(t, srv.Halt(t.Context()))
			d, err := c.Delays(t.Context())
			require.NoError(t, err)
			assert.GreaterOrEqual(t, d.Count(), int64(4))
			assert.Positive(t, d.Quantile(0), "a delay of zero is a stamp that was not read")
			assert.Less(t, d.Quantile(1), time.Since(begin))

			before, err := srv.Stat(t.Context())
			require.NoError(t, err)
			require.NoError(t, srv.ListenIn(t.Context()))
			require.NoError(t, c.Speak(t.Context(), server.Pace{}))
			require.Eventually(t, func() bool {
				s, err := srv.Stat(t.Context())
				return err == nil && s.Heard-before.Heard >= 4
			}, 20*time.Second, time.Millisecond)
			require.NoError(t, c.Hush(t.Context()))
			d, err = srv.Delays(t.Context())
			require.NoError(t, err)
			assert.GreaterOrEqual(t, d.Count(), int64(4))
			assert.Positive(t, d.Quantile(0))
			assert.Less(t, d.Quantile(1), time.Since(begin))
			require.NoError(t, srv.Drop(t.Context()))
		})
	}
}

// TestTelephoneSessionsAnswer counts that each frame of a telephone call is answered.
func TestTelephoneSessionsAnswer(t *testing.T) {
	srv, err := server.Start(t.Context(), "server")
	require.NoError(t, err)
	defer srv.Close()
	for _, k := range []contender.Kind{contender.Bare, contender.Reused, contender.Owned, contender.OpenAI} {
		c, err := contender.Start(t.Context(), k, "client", "")
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.Open(t.Context(), &srv.Address, false, 2))
		require.NoError(t, c.Expect(t.Context(), server.Telephone))
		require.NoError(t, srv.Stream(t.Context(), server.All, server.Telephone))
		require.Eventually(t, func() bool {
			s, err := srv.Stat(t.Context())
			return err == nil && s.Heard >= 10
		}, 20*time.Second, time.Millisecond, k)
		require.NoError(t, srv.Halt(t.Context()))
		require.NoError(t, srv.Drop(t.Context()))
	}
}

// TestStoppedReceivers floods sessions whose handlers have stopped: the bare socket takes
// no more than the system's buffers, and the vendor's takes all.
func TestStoppedReceivers(t *testing.T) {
	srv, err := server.Start(t.Context(), "server")
	require.NoError(t, err)
	defer srv.Close()
	const size = 48 << 20 // The receive queue holds 32 MB.
	taken := map[contender.Kind]int64{}
	for _, k := range []contender.Kind{contender.Bare, contender.Reused, contender.OpenAI} {
		c, err := contender.Start(t.Context(), k, "client", "")
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.Open(t.Context(), &srv.Address, false, 1))
		require.NoError(t, c.Stop(t.Context()))
		taken[k], err = srv.Flood(t.Context(), server.All, size)
		require.NoError(t, err)
		require.NoError(t, srv.Drop(t.Context()))
	}
	assert.Less(t, taken[contender.Bare], int64(size))
	assert.Less(t, taken[contender.Reused], int64(size))
	assert.GreaterOrEqual(t, taken[contender.OpenAI], int64(size))
}
