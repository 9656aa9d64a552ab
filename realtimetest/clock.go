package realtimetest

import (
	"time"

	"github.com/voicelane/realtime-go/realtimetest/internal/clock"
)

// Clock is the source of time of a server: it paces spoken responses, delays what
// the script delays, sends pings, and ends sessions. Speech detection does not use
// it; it counts the audio that arrives.
//
// Inside of [testing/synctest] the default clock is the bubble's.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f on a goroutine of its own after d, unless stop is called
	// before.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// FastClock returns a clock on which time runs factor times as fast: with 600
// the 60 minutes of a session take six seconds.
func FastClock(factor float64) Clock {
	if factor <= 0 {
		factor = 1
	}
	return clock.Fast{Start: time.Now(), Factor: factor}
}
