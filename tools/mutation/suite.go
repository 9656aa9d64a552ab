package main

import (
	"regexp"
	"strings"
	"time"
)

// suite is what a run without a fault shows of a folder's tests.
type suite struct {
	Slow []string      // Tests that are left out at first.
	Time time.Duration // Of all tests.
}

// slow is the time from which on a test is left out at first.
const slow = 250 * time.Millisecond

// excluded matches tests that never count: those that measure speed, and those that edit
// the text of the package.
const excluded = "Speed|SeededBugs"

// skip is the pattern of the tests that the first stage leaves out.
func (s suite) skip() string {
	patterns := []string{excluded}
	for _, name := range s.Slow {
		patterns = append(patterns, "^"+regexp.QuoteMeta(name)+"$")
	}
	return strings.Join(patterns, "|")
}
