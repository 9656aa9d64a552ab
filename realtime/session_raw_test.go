package realtime

import (
	"fmt"
	"io"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/socket"
)

func TestRawSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			p.Created()
			for {
				_, message, err := p.WS.ReadMessage()
				if err != nil {
					return
				}
				p.Send(string(message)) // an echo
			}
		})
		received, sent := 0, 0
		s, err := c.ConnectRaw(t.Context(), Model("any"), &Options{Taps: []*Tap{{
			Received: func(e Event, err error, message []byte) {
				assert.Nil(t, e)
				assert.NoError(t, err)
				received += len(message)
			},
			Sent: func(_ string, bytes int, _ socket.Fate) { sent += bytes },
		}}})
		require.NoError(t, err)
		hello, err := s.Recv(t.Context())
		require.NoError(t, err)
		assert.Contains(t, string(hello), "session.created")
		message := []byte(`no JSON at all`)
		require.NoError(t, s.Send(t.Context(), message))
		require.NoError(t, s.Flush(t.Context()))
		message[0] = '?'
		for echo, err := range s.Messages(t.Context()) {
			require.NoError(t, err)
			assert.Equal(t, "no JSON at all", string(echo))
			break
		}
		assert.Equal(t, "ws://127.0.0.1/v1/realtime?model=any", s.URL())
		require.NoError(t, s.Close())
		assert.ErrorIs(t, s.Err(), io.EOF)
		assert.ErrorIs(t, s.Send(t.Context(), message), socket.ErrClosed)
		assert.Equal(t, len(message), sent)
		assert.Equal(t, len(message)+len(hello), received)
	})
}

// TestRawMessagesInTheQueueAreLeftAlone sends messages faster than they are written: each
// arrives as it was.
func TestRawMessagesInTheQueueAreLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		c := script(t, func(p *peer) {
			p.Created()
			for {
				_, message, err := p.WS.ReadMessage()
				if err != nil {
					return
				}
				got = append(got, string(message))
			}
		})
		s, err := c.ConnectRaw(t.Context(), Model("any"), nil)
		require.NoError(t, err)
		var want []string
		for i := range 100 {
			want = append(want, fmt.Sprintf("message %03d", i))
			require.NoError(t, s.Send(t.Context(), []byte(want[i])))
		}
		require.NoError(t, s.Flush(t.Context()))
		synctest.Wait()
		assert.Equal(t, want, got)
		require.NoError(t, s.Close())
	})
}

func TestRawSessionsAreNotRestored(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) { p.Drain() })
	_, err := c.ConnectRaw(t.Context(), Model("any"), &Options{Reconnect: &Reconnect{}})
	assert.ErrorContains(t, err, "cannot be restored")
}
