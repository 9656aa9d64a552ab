//go:build !race

package realtimetest_test

const raceEnabled = false
