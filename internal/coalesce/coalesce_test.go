package coalesce_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/internal/coalesce"
)

func TestTimesAreSoonerByLessThanTheSlack(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		d, slack := time.Duration(random.Int64()>>random.IntN(63)), time.Duration(random.Int64()>>random.IntN(63))
		got := coalesce.Sooner(d, slack)
		assert.LessOrEqual(t, got, d)
		if slack > 0 {
			assert.Greater(t, got, d-slack)
		}
	}
	assert.Equal(t, time.Minute, coalesce.Sooner(time.Minute, 0))
	assert.Positive(t, coalesce.Sooner(math.MaxInt64, math.MaxInt64/50))
}

// TestTimersRunTogether starts a thousand timers in a second.
func TestTimersRunTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ends := map[time.Time]int{}
		for range 1000 {
			ends[time.Now().Add(coalesce.Sooner(5*time.Second, 100*time.Millisecond))]++
			time.Sleep(time.Millisecond)
		}
		assert.Len(t, ends, 10)
		for end, n := range ends {
			assert.Equal(t, 100, n, end)
		}
	})
}
