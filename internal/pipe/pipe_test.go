package pipe_test

import (
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/pipe"
)

// With a net.Pipe, the second writer stops the clock, and the test never ends.
func TestADeadlineEndsEveryWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := pipe.New()
		defer c.Close()
		defer peer.Close()
		start := time.Now()
		require.NoError(t, c.SetWriteDeadline(start.Add(time.Second)))

		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				_, err := c.Write([]byte("unread"))
				assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
			})
		}
		wg.Wait()
		assert.Equal(t, time.Second, time.Since(start))
	})
}

func TestWritesAreWhole(t *testing.T) {
	c, peer := pipe.New()
	defer c.Close()
	defer peer.Close()
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, s := range []string{"aaaa", "bbbb"} {
		wg.Go(func() {
			_, err := c.Write([]byte(s))
			assert.NoError(t, err)
		})
	}
	got := make([]byte, 8)
	for i := range got {
		_, err := peer.Read(got[i : i+1])
		require.NoError(t, err)
	}
	assert.Contains(t, []string{"aaaabbbb", "bbbbaaaa"}, string(got))
}
