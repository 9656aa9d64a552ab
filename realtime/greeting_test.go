package realtime

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/socket"
)

// Greetings of servers that send no session.created.
const (
	helloConversation  = `{"type":"conversation.created","event_id":"e1","conversation":{"id":"conv_1","object":"realtime.conversation"}}`
	helloTranscription = `{"type":"transcription_session.created","event_id":"e1","session":{"id":"sess_1","object":"realtime.transcription_session","input_audio_format":"pcm16"}}`
)

func TestWhatCountsAsAGreeting(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		target Target
		hello  string
	}{
		"conversation.created":          {Model("m"), helloConversation},
		"transcription_session.created": {Transcription(), helloTranscription},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, err := script(t, func(p *peer) { p.Send(tc.hello); p.Drain() }).Connect(t.Context(), tc.target, nil)
				require.NoError(t, err)
				require.NoError(t, s.Close())
			})
		})
		t.Run(name+" after a reconnection", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := connect(t, script(t, func(p *peer) {
					p.Send(tc.hello)
					if p.N == 1 {
						time.Sleep(time.Second)
						_ = p.WS.NetConn().Close()
						return
					}
					p.Drain()
				}), &Options{Reconnect: &Reconnect{Attempts: 1}})
				assert.Equal(t, 1, next[*Reconnected](t, s).Attempts)
			})
		})
	}
}

// TestConnectIsBoundedWithoutAGreeting holds that a server which never greets cannot
// hold Connect, and that the error names what came instead.
func TestConnectIsBoundedWithoutAGreeting(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		frame, text string
	}{
		"silence":       {"", "realtime: dial: no greeting within 1s: context deadline exceeded"},
		"a ping":        {`{"type":"ping","event_id":"e"}`, "realtime: dial: ping came instead of session.created: no greeting within 1s: context deadline exceeded"},
		"a known event": {`{"type":"rate_limits.updated","event_id":"e","rate_limits":[]}`, "realtime: dial: rate_limits.updated came instead of session.created: no greeting within 1s: context deadline exceeded"},
		"an echo":       {`{"type":"sk-test-secret","event_id":"e"}`, "realtime: dial: an unknown event came instead of session.created: no greeting within 1s: context deadline exceeded"},
	} {
		for kind, open := range map[string]func(ctx context.Context, c *Client) error{
			"session":     func(ctx context.Context, c *Client) error { _, err := c.Connect(ctx, Model("m"), nil); return err },
			"translation": func(ctx context.Context, c *Client) error { _, err := c.ConnectTranslation(ctx, "m", nil); return err },
		} {
			t.Run(name+" to a "+kind, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := script(t, func(p *peer) {
						if tc.frame != "" {
							p.Send(tc.frame)
						}
						p.Drain()
					}, func(c *Config) { c.DialTimeout = time.Second })
					began := time.Now()
					err := open(t.Context(), c)
					assert.Equal(t, time.Second, time.Since(began))
					require.ErrorIs(t, err, context.DeadlineExceeded)
					broken, ok := errors.AsType[*socket.TransportError](err)
					require.True(t, ok)
					assert.Equal(t, "dial", broken.Op)
					assert.Equal(t, tc.text, err.Error())
				})
			})
		}
	}
}

// TestConnectWithoutADialTimeout holds that the context alone bounds it then, and that
// its error names what came as well.
func TestConnectWithoutADialTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) { p.Send(`{"type":"ping","event_id":"e"}`); p.Drain() }, func(c *Config) { c.DialTimeout = -1 })
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := time.Now()
		_, err := c.Connect(ctx, Model("m"), nil)
		assert.Equal(t, time.Hour, time.Since(began))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "ping came instead of session.created")
	})
}
