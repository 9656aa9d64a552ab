//go:build race

package recording_test

// raceEnabled is set when pools drop their contents, and when allocations
// cannot be counted.
const raceEnabled = true
