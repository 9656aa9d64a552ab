package realtime

import (
	"bytes"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/eventloop"
)

// sessionGoroutines counts the goroutines that run a session's own code.
func sessionGoroutines() int {
	buf := make([]byte, 1<<20)
	stacks := string(buf[:runtime.Stack(buf, true)])
	n := 0
	for stack := range strings.SplitSeq(stacks, "\n\n") {
		if strings.Contains(stack, "link.(*Conn)") || strings.Contains(stack, "link.(*Outbox)") {
			n++
		}
	}
	return n
}

// TestIdleSessionIsOneGoroutine is not parallel: it counts what is there.
func TestIdleSessionIsOneGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := sessionGoroutines()
		c := script(t, func(p *peer) { p.Created(); p.Drain() })
		s := connect(t, c, &Options{Reconnect: &Reconnect{}})
		require.NoError(t, s.SendText(t.Context(), "hello"))
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		assert.Equal(t, before+1, sessionGoroutines())
		require.NoError(t, s.Close())
		assert.Equal(t, before, sessionGoroutines())
	})
}

// TestNoDescriptorIsLeft is not parallel: it counts those of the process.
func TestNoDescriptorIsLeft(t *testing.T) {
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("the descriptors cannot be counted here")
		}
		return len(list)
	}
	round := func(t *testing.T) {
		t.Helper()
		srv := live(t, false, nil, nil)
		require.NoError(t, openClose(t, &Config{BaseURL: srv.URL}))
		c, err := NewClient(&Config{APIKey: "sk-test", BaseURL: srv.URL})
		require.NoError(t, err)
		s, err := c.Connect(t.Context(), Model("m"), nil)
		require.NoError(t, err)
		s.conn.Current().Abort() // a broken connection that is not closed
		<-s.Done()
	}
	// Each round is a test of its own, at whose end the server has closed its
	// side of every connection, so that nothing is left to be late.
	t.Run("what is opened once for all", round)
	before := count()
	for range 20 {
		t.Run("round", round)
	}
	assert.LessOrEqual(t, count(), before+1)
}

// lockedBuffer takes the log of several goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestLogTellsOfBoundariesAndOfNoContent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		c := script(t, func(p *peer) {
			p.Created()
			p.Send(`{"type":"response.output_text.delta","delta":"hunter2 says hello"}`)
			p.Send(`{"type":"x","hunter2`)
			if p.N == 1 {
				p.Expect("conversation.item.create")
				p.Close(1011, "broken")
			}
			p.Drain()
		}, func(c *Config) {
			c.APIKey = "sk-hunter2"
			c.BaseURL += "?sig=hunter2"
			c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		s := connect(t, c, &Options{Reconnect: &Reconnect{}})
		require.NoError(t, s.SendText(t.Context(), "hunter2"))
		reach[*Reconnected](t, s)
		require.NoError(t, s.Close())
		text := log.String()
		for _, want := range []string{"connected", "malformed", "reconnecting", "reconnected", "ended", "req_1"} {
			assert.Contains(t, text, want)
		}
		assert.NotContains(t, text, "hunter2")
	})
}

// reach is next over malformed frames.
func reach[E api.ServerEvent](t *testing.T, s *Session) {
	t.Helper()
	for {
		e, err := s.Recv(t.Context())
		if eventloop.IsMalformed(err) {
			continue
		}
		require.NoError(t, err)
		if _, ok := e.(E); ok {
			return
		}
	}
}
