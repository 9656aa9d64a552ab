package recording

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
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

// maxCause bounds the cause in a finding, in characters.
const maxCause = 200

// cause returns the error in the output of a failed tool, as the end of a sentence: one
// line, without control characters. The output is JSON with the member error, or text.
func cause(output string) string {
	var said struct {
		Error json.RawMessage `json:"error"`
	}
	text := keptText(output)
	if json.Unmarshal([]byte(text), &said) == nil && said.Error != nil {
		text = string(said.Error)
	}
	var quoted string
	if json.Unmarshal([]byte(text), &quoted) == nil {
		text = keptText(quoted)
	}
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if all := []rune(text); len(all) > maxCause {
		text = strings.TrimSpace(string(all[:maxCause])) + "…"
	}
	if text = strings.TrimRight(text, "."); text == "" {
		return "."
	}
	return ": " + text + "."
}

// overlap returns the length of what two spans share.
func overlap(a, b, from, until Micros) Micros { return max(min(b, until)-max(a, from), 0) }
