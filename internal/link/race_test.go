//go:build race

package link

// raceEnabled says that pools forget what they hold, and that allocations
// cannot be counted.
const raceEnabled = true
