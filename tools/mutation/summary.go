package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// summary is what is known of the mutants of a target.
type summary struct {
	target             string
	covered, uncovered int // Of all mutants.
	chosen             int // How many of the covered ones could be tried.
	outcomes           map[string]outcome
}

// number returns how many mutants have one of the verdicts.
func (s *summary) number(verdicts ...string) int {
	n := 0
	for _, o := range s.outcomes {
		if slices.Contains(verdicts, o.Verdict) {
			n++
		}
	}
	return n
}

// share is the percentage of tried mutants that were killed. A mutant with which the tests
// no longer end counts: they detect it.
func (s *summary) share() float64 {
	all := s.number(killed, timedOut, lived)
	if all == 0 {
		return 100
	}
	return 100 * float64(s.number(killed, timedOut)) / float64(all)
}

// interval is the 95 % confidence interval of share, by Wilson, for a sample.
func (s *summary) interval() (low, high float64) {
	const z = 1.96
	n := float64(s.number(killed, timedOut, lived))
	p := s.share() / 100
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return 100 * (middle - half), 100 * (middle + half)
}

// add adds the outcomes of a round and writes those of mutants that were not killed, each
// with its line.
func (s *summary) add(w io.Writer, module string, round []outcome) {
	slices.SortFunc(round, func(a, b outcome) int { return cmp.Compare(a.key(), b.key()) })
	for _, o := range round {
		s.outcomes[o.key()] = o
		if o.Verdict != killed {
			fmt.Fprintf(w, "%s: %s %s %s\n\t%s\n", o.Verdict, o.At, o.Type, o.Test, line(module, o.At))
		}
		if len(o.Flaky) > 0 {
			fmt.Fprintf(w, "\tfailed once of two times with %s: %s\n", o.At, strings.Join(o.Flaky, ", "))
		}
	}
}

// print writes the figures.
func (s *summary) print(w io.Writer) {
	fmt.Fprintf(w, "%s: killed %d, timed out %d, lived %d, no switch %d, not covered %d: %.1f %% killed\n",
		s.target, s.number(killed), s.number(timedOut), s.number(lived), s.number(noSwitch), s.uncovered, s.share())
	if tried := len(s.outcomes); 0 < tried && tried < s.chosen {
		low, high := s.interval()
		fmt.Fprintf(w, "%s: a sample of %d of %d; with 95 %% confidence %.1f to %.1f %%\n", s.target, tried, s.chosen, low, high)
	}
}

// line returns the line of the module that a mutant changes.
func line(module, at string) string {
	parts := strings.Split(at+"::", ":")
	text, err := os.ReadFile(filepath.Join(module, parts[0])) //nolint:gosec // of the module
	number, _ := strconv.Atoi(parts[1])
	lines := strings.Split(string(text), "\n")
	if err != nil || number < 1 || number > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[number-1])
}
