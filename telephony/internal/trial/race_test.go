//go:build race

package trial

// raceEnabled is set when everything takes many times as long.
const raceEnabled = true
