// Package sound prepares the sound of a recording for a page: it draws levels from it,
// leaves silence out, and compresses the rest until it fits a number of bytes.
package sound

import "time"

// Rate is the number of samples per second of everything in this package.
const Rate = 8000

// Track is one of the two sides of a call.
type Track uint8

// The tracks.
const (
	Caller Track = iota
	Agent
)

// Clip is a stretch of sound of one track, at a time of the recording.
type Clip struct {
	Track   Track
	At      time.Duration
	Samples []int16 // at Rate
}

// Len returns the playing time of n samples.
func Len(n int) time.Duration { return time.Duration(n) * time.Second / Rate }

// Samples returns the number of samples that play for d, and 0 for a negative d.
func Samples(d time.Duration) int { return int(max(d, 0) * Rate / time.Second) }
