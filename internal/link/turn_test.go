package link

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestTurnsInRandomSchedules: goroutines ask for a turn, until a time or for good. One has it
// at a time, it is given in the order of asking, one that it comes to in time gets it, and
// nothing is left at the end.
func TestTurnsInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) { turnSchedule(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func turnSchedule(t *testing.T, seed uint64) {
	t.Helper()
	type interval struct{ asked, got time.Time }
	var (
		r    = rand.New(rand.NewPCG(seed, 3))
		turn turn
		has  bool // guarded by turn
		got  []interval
		all  sync.WaitGroup
	)
	for range 1 + r.IntN(8) {
		starts := time.Duration(r.IntN(20)) * time.Millisecond
		patience := time.Duration(r.IntN(30)) * time.Millisecond
		work := time.Duration(r.IntN(10)) * time.Millisecond
		kind := r.IntN(3)
		all.Go(func() {
			time.Sleep(starts)
			asked := time.Now()
			var taken bool
			switch kind {
			case 0:
				taken = turn.try()
				assert.Zero(t, time.Since(asked))
			case 1:
				taken = turn.take(nil)
				assert.True(t, taken)
			default:
				taken = turn.take(time.After(patience))
				assert.LessOrEqual(t, time.Since(asked), patience)
				assert.True(t, taken || time.Since(asked) == patience)
			}
			if !taken {
				return
			}
			assert.False(t, has)
			has = true
			got = append(got, interval{asked, time.Now()})
			time.Sleep(work)
			has = false
			turn.release()
		})
	}
	all.Wait()
	for i := 1; i < len(got); i++ {
		assert.False(t, got[i].asked.Before(got[i-1].asked), "order")
	}
	assert.False(t, turn.taken)
	assert.Empty(t, turn.queue)
}
