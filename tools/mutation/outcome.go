package main

// Verdicts on a mutant.
const (
	killed    = "killed"
	timedOut  = "timed out"
	lived     = "lived"
	notViable = "not viable"
	unchosen  = "unchosen" // Not in the sample.
	broken    = "broken"   // The trial failed.
)

// outcome is the verdict on a mutant, and the test that gave it.
type outcome struct {
	mutant
	Verdict string
	Test    string   `json:",omitempty"`
	Flaky   []string `json:",omitempty"` // Tests that failed once of two times.
}
