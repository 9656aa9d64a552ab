//go:build race

package wire

// raceEnabled reports whether the race detector is on, which distorts timings.
const raceEnabled = true
