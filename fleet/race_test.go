//go:build race

package fleet

// raceEnabled is set when everything takes many times as long.
const raceEnabled = true
