package monotonic_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/internal/monotonic"
)

// TestTimesAreOnOneClock reads the clock a minute apart.
func TestTimesAreOnOneClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began, first := time.Now(), monotonic.Now()
		time.Sleep(time.Minute)
		assert.Equal(t, time.Minute, monotonic.Since(first))
		assert.True(t, began.Equal(first.Wall()))
		assert.Equal(t, time.Minute, time.Since(first.Wall()))
	})
}
