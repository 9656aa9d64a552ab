package realtime

import (
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// record is a transport that keeps what is written.
type record struct {
	transport
	written []string
}

func (s *record) write(frame []byte, _ time.Time) error {
	s.written = append(s.written, string(frame[frameHead:]))
	return nil
}

// TestWriterLingers holds that one writer serves sends that follow each other, and
// that none is left when they end.
func TestWriterLingers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var writers sync.WaitGroup
		to := &record{}
		b := outbox{o: &Options{Hooks: &noHooks}, writers: &writers, failed: func(transport, error) {}}
		b.attach(to)
		send := func(text string) {
			buf := getFrame()
			*buf = append(*buf, text...)
			require.NoError(t, b.put(t.Context(), frame{buf: buf}, nil))
			synctest.Wait()
			require.Equal(t, text, to.written[len(to.written)-1])
		}
		lingers := func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.lingers
		}
		for range 2 {
			for range 5 {
				send("audio")
				require.True(t, lingers())
				time.Sleep(linger / 2)
			}
			time.Sleep(2 * linger)
			synctest.Wait()
			require.False(t, lingers())
			writers.Wait()
		}
		require.Len(t, to.written, 10)

		send("last")
		b.seal(io.EOF)
		writers.Wait()
	})
}

// broken is a transport that nothing can be written to.
type broken struct{ transport }

func (broken) write([]byte, time.Time) error { return io.ErrClosedPipe }

// TestAFailedWriteIsNotDrained holds that what failed does not count as written, be
// it asked for before or after, until a reconnection has taken note of it.
func TestAFailedWriteIsNotDrained(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var writers sync.WaitGroup
		b := outbox{o: &Options{Hooks: &noHooks}, writers: &writers, failed: func(transport, error) {}}
		b.attach(broken{})
		require.NoError(t, b.put(t.Context(), frame{buf: getFrame()}, nil))
		asked := []<-chan struct{}{b.drained()}
		writers.Wait()
		asked = append(asked, b.drained())
		open := func(c <-chan struct{}) bool {
			select {
			case <-c:
				return false
			default:
				return true
			}
		}
		assert.True(t, open(asked[0]))
		assert.True(t, open(asked[1]))
		uncertain, _ := b.detach()
		assert.Equal(t, 1, uncertain)
		assert.False(t, slices.ContainsFunc(asked, open))
		b.seal(io.EOF)
	})
}
