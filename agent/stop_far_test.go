package agent

import (
	"bytes"
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// far is a connection on which what is written takes a while to arrive.
type far struct {
	net.Conn

	by     time.Duration
	sent   chan sent
	closed context.Context
	end    context.CancelFunc
}

type sent struct {
	at   time.Time
	data []byte
}

func farther(ctx context.Context, conn net.Conn, by time.Duration) *far {
	f := &far{Conn: conn, by: by, sent: make(chan sent, 1000)}
	f.closed, f.end = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		for {
			select {
			case s := <-f.sent:
				time.Sleep(time.Until(s.at))
				if _, err := conn.Write(s.data); err != nil {
					return
				}
			case <-f.closed.Done():
				return
			}
		}
	}()
	return f
}

func (f *far) Write(b []byte) (int, error) {
	select {
	case f.sent <- sent{time.Now().Add(f.by), bytes.Clone(b)}:
		return len(b), nil
	case <-f.closed.Done():
		return 0, net.ErrClosed
	}
}

func (f *far) Close() error {
	f.end()
	return f.Conn.Close()
}

// TestSoundThatArrivesAheadOfACancellation has the program interrupt while the request is on
// its way to a server that sends sound faster than a cancellation reaches it: no more of it is
// heard.
func TestSoundThatArrivesAheadOfACancellation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		script := realtimetest.Script{
			Rules: []realtimetest.Rule{rule(nil, realtimetest.Say{Text: "Once upon a time.", Audio: realtimetest.Tone(10 * time.Second)})},
		}
		srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
		defer srv.Close()
		client, err := realtime.NewClient(&realtime.Config{
			BaseURL: "http://127.0.0.1/v1", APIKey: "any", Proxy: realtime.NoProxy,
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := srv.DialContext(ctx, network, addr)
				if err != nil {
					return nil, err
				}
				return farther(ctx, conn, 100*time.Millisecond), nil
			},
		})
		require.NoError(t, err)
		s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), &realtime.Options{PingInterval: -1})
		require.NoError(t, err)
		c, err := Start(t.Context(), s, &Agent{}, &Options{Line: voice.NewSimLine(audio.ULaw, audio.ULaw)})
		require.NoError(t, err)
		defer watched(t, c)()
		answer, err := c.Ask(t.Context(), "A story?")
		require.NoError(t, err)
		time.Sleep(50 * time.Millisecond) // The request is on its way.
		require.NoError(t, c.Interrupt(t.Context()))
		turn, err := answer.Turn(t.Context())
		require.NoError(t, err)
		assert.True(t, turn.Cut)
		assert.Empty(t, turn.Said)
	})
}
