package realtime

import (
	"testing"
	"time"

	scripted "github.com/voicelane/realtime-go/internal/peer"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// peer is the server's end of one connection, played by a script.
type peer = scripted.Peer

// script serves connections in memory, each played by play, and returns a
// client for them. It waits for the plays at the end of the test.
func script(t *testing.T, play func(p *peer), change ...func(*Config)) *Client {
	t.Helper()
	c, _ := scriptNet(t, play, change...)
	return c
}

func scriptNet(tb testing.TB, play func(p *peer), change ...func(*Config)) (*Client, *scripted.Network) {
	tb.Helper()
	net := scripted.Serve(tb, play)
	cfg := &Config{APIKey: "sk-test-secret", BaseURL: "http://127.0.0.1/v1", DialContext: net.DialContext, Proxy: NoProxy}
	for _, f := range change {
		f(cfg)
	}
	c, err := NewClient(cfg)
	require.NoError(tb, err)
	return c, net
}

// connect opens a session to a model and closes it with the test. Unless the
// test is about it, a busy machine has all the time it needs for the goodbye.
func connect(t *testing.T, c *Client, o *Options) *Session {
	t.Helper()
	var own Options
	if o != nil {
		own = *o
	}
	if own.CloseTimeout == 0 {
		own.CloseTimeout = time.Minute
	}
	s, err := c.Connect(t.Context(), Model("gpt-realtime"), &own)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// next receives an event of one type, skipping others.
func next[E api.ServerEvent](t *testing.T, s *Session) E {
	t.Helper()
	for {
		e, err := s.Recv(t.Context())
		require.NoError(t, err)
		if e, ok := e.(E); ok {
			return e
		}
	}
}

var textAt = scripted.TextAt

// as holds an answer to its type.
func as[E api.ServerEvent](t *testing.T, e api.ServerEvent) E {
	t.Helper()
	typed, ok := e.(E)
	assert.True(t, ok, "%T", e)
	return typed
}

// waiting returns how many requests wait, and how many streams and subscribers.
func waiting(s *Session) (calls, followed int) {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	return s.desk.requests.Len(), s.desk.streams.Len()
}
