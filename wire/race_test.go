//go:build race

package wire

// raceEnabled says that the race detector makes times meaningless.
const raceEnabled = true
