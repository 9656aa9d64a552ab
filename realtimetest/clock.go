package realtimetest

import "time"

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
	return fastClock{start: time.Now(), factor: factor}
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

type fastClock struct {
	start  time.Time
	factor float64
}

func (c fastClock) Now() time.Time {
	return c.start.Add(time.Duration(float64(time.Since(c.start)) * c.factor))
}

func (c fastClock) AfterFunc(d time.Duration, f func()) func() bool {
	// Rounded up: a timer that fires before its time on this clock fires twice.
	return time.AfterFunc(time.Duration(float64(d)/c.factor)+1, f).Stop
}
