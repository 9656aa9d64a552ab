package recording

import (
	"strconv"
	"time"
)

// Micros is a time since the recording began, or a length of time, in microseconds. The
// clock is monotonic and begins at 0.
type Micros int64

// Second and Millisecond as Micros.
const (
	Millisecond Micros = 1_000
	Second      Micros = 1_000_000
)

// MicrosOf returns a duration, rounded down to microseconds.
func MicrosOf(d time.Duration) Micros { return Micros(d / time.Microsecond) }

// Duration returns the time as a duration.
func (m Micros) Duration() time.Duration { return time.Duration(m) * time.Microsecond }

// Seconds returns the time in seconds.
func (m Micros) Seconds() float64 { return float64(m) / float64(Second) }

// String returns minutes and seconds with two decimals, rounded, such as "1:04.30".
func (m Micros) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	const minute = 60 * Second
	m += 5 * Millisecond
	hundredths := int64(m%minute) / int64(10*Millisecond)
	text := strconv.FormatInt(hundredths+10_000, 10) // 1SSHH
	return sign + strconv.FormatInt(int64(m/minute), 10) + ":" + text[1:3] + "." + text[3:]
}
