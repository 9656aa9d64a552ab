//go:build !race

package audiopool

const raceEnabled = false
