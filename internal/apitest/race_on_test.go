//go:build race

package apitest

// slow reports whether the race detector is on. The tests are then much slower and do
// less.
const slow = true
