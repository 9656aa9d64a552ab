package recording

import (
	"fmt"
)

// The thresholds of findings.
const (
	longSilence   = 3 * Second
	slowTool      = 2 * Second
	lateBargeIn   = 500 * Millisecond
	doubleTalk    = 400 * Millisecond
	misbelieved   = 60 * Millisecond
	starved       = 200 * Millisecond
	cutFollows    = Second
	notActive     = "response_cancel_not_active"
	maxDroppedOut = 8 // members named in a finding
)

// find adds a finding, in the turn that covers it.
func (b *builder) find(k FindingKind, s Severity, at, until Micros, text string, evidence ...Proof) {
	turn := -1
	for i, t := range b.t.Turns {
		if t.Begin <= at {
			turn = i
		}
	}
	b.t.Findings = append(b.t.Findings, Finding{Kind: k, Severity: s, At: at, Until: max(at, until), Text: text, Evidence: evidence, Turn: turn})
}

// seconds prints a length.
func seconds(m Micros) string { return fmt.Sprintf("%.2f s", m.Seconds()) }

// count prints a number with a noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func ofReason(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

// overlap returns the length of what two spans share.
func overlap(a, b, from, until Micros) Micros { return max(min(b, until)-max(a, from), 0) }
