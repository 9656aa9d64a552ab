package realtime

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFlushBesideSenders holds that Flush waits for what was accepted before it, while
// others send all the time.
func TestFlushBesideSenders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := connect(t, script(t, func(p *peer) {
			p.Created()
			for p.Read() != nil {
				time.Sleep(time.Millisecond)
			}
		}), &Options{PingInterval: -1, SendQueueBytes: 64 << 10, CloseTimeout: time.Hour})
		var senders sync.WaitGroup
		stop := make(chan struct{})
		for range 4 {
			senders.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						assert.NoError(t, s.AppendAudio(t.Context(), make([]byte, 960)))
					}
				}
			})
		}
		time.Sleep(time.Second) // The queue is full, and stays full.
		for range 3 {
			queued := s.Stats().SendQueueEvents
			require.Positive(t, queued)
			began := time.Now()
			require.NoError(t, s.Flush(t.Context()))
			assert.LessOrEqual(t, time.Since(began), time.Duration(queued+5)*time.Millisecond)
			assert.Positive(t, s.Stats().SendQueueEvents, "others have sent meanwhile")
		}
		close(stop)
		senders.Wait()
		require.NoError(t, s.Close())
	})
}
