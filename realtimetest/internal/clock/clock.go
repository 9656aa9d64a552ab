// Package clock holds the clocks of a server.
package clock

import "time"

// System is the clock of package time.
type System struct{}

// Now returns the current time.
func (System) Now() time.Time { return time.Now() }

// AfterFunc is [time.AfterFunc].
func (System) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// Fast is a clock on which time runs Factor times as fast from Start on.
type Fast struct {
	Start  time.Time
	Factor float64
}

// Now returns the time on the clock.
func (c Fast) Now() time.Time {
	return c.Start.Add(time.Duration(float64(time.Since(c.Start)) * c.Factor))
}

// AfterFunc calls f after d on the clock.
func (c Fast) AfterFunc(d time.Duration, f func()) func() bool {
	// Rounded up: a timer that fires before its time on this clock fires twice.
	return time.AfterFunc(time.Duration(float64(d)/c.Factor)+1, f).Stop
}
