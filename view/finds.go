package view

import (
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/recording"
)

// above is the number of findings above the fold, without the notes of the application.
const above = 4

// signs are the signs of severities.
var signs = map[recording.Severity]string{recording.Broken: "bad", recording.Slow: "slow", recording.Normal: "cut", "": "note"}

// sign returns the sign of a finding. The mark of a cut is for interruptions alone.
func sign(f *recording.Finding) string {
	if f.Severity == recording.Normal && f.Kind != recording.FindInterrupted {
		return "note"
	}
	return signs[f.Severity]
}

// finds answers what stands out: the notes, then the worst findings, both in the order of
// time, and the rest.
func (b *builder) finds() (first, more []find) {
	for _, n := range b.o.Notes {
		first = append(first, find{At: int64(n.At), To: int64(max(n.At, n.Until)), Time: clock1(n.At), Sign: signs[n.Severity], Title: n.Title, Text: n.Text, Event: -1})
	}
	chosen := worst(b.tl.Findings, above)
	for i := range b.tl.Findings {
		f := &b.tl.Findings[i]
		item := find{At: int64(f.At), To: int64(max(f.At, f.Until)), Time: clock1(f.At), Sign: sign(f), Event: -1}
		item.Title, item.Text = headline(f.Text)
		if len(f.Evidence) > 0 {
			item.Event = b.row(f.Evidence[0].Line)
		}
		if slices.Contains(chosen, i) {
			first = append(first, item)
		} else {
			more = append(more, item)
		}
	}
	return first, more
}

// headline parts the first clause of a finding from the rest.
func headline(text string) (title, rest string) {
	at := len(text)
	for _, end := range []string{". ", ": ", "; ", " about "} {
		if i := strings.Index(text, end); i >= 0 {
			at = min(at, i)
		}
	}
	if at == len(text) {
		return strings.TrimSuffix(text, "."), ""
	}
	rest = strings.TrimLeft(text[at:], ".:; ")
	return text[:at], strings.ToUpper(rest[:1]) + rest[1:]
}

// worst returns the places of n findings: the worst of each kind before the second worst
// of any, by severity and then by length.
func worst(all []recording.Finding, n int) []int {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	rank := map[recording.Severity]int{recording.Broken: 0, recording.Slow: 1, recording.Normal: 2}
	slices.SortStableFunc(order, func(i, j int) int {
		if d := rank[all[i].Severity] - rank[all[j].Severity]; d != 0 {
			return d
		}
		return int((all[j].Until - all[j].At) - (all[i].Until - all[i].At))
	})
	var chosen []int
	for len(chosen) < min(n, len(all)) {
		kinds := map[recording.FindingKind]bool{}
		for _, i := range order {
			if len(chosen) < n && !kinds[all[i].Kind] && !slices.Contains(chosen, i) {
				kinds[all[i].Kind] = true
				chosen = append(chosen, i)
			}
		}
	}
	return chosen
}
