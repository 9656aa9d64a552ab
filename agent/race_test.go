//go:build race

package agent_test

// raceEnabled is set when pools drop their contents, and when allocations
// cannot be counted.
const raceEnabled = true
