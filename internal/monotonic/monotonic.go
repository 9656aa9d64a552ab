// Package monotonic is a clock that is cheap to read and to keep: eight bytes for a time.
package monotonic

import "time"

var start = time.Now()

// Time is a time on the clock of the process, which neither jumps nor stands still. Times
// compare and subtract.
type Time time.Duration

// Now returns the present time.
func Now() Time { return Time(time.Since(start)) }

// Since returns the time that has passed since t.
func Since(t Time) time.Duration { return time.Duration(Now() - t) }

// Wall returns t with the date that the system has for it now. It reads two clocks.
func (t Time) Wall() time.Time { return time.Now().Add(-Since(t)) }
