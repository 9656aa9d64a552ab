package caller

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/journal"

	"github.com/voicelane/realtime-go/caller/internal/words"
)

// unmet returns the verdict unless ok is set.
func unmet(ok bool, at time.Duration, format string, args ...any) verdict {
	if ok {
		return verdict{}
	}
	return verdict{why: fmt.Sprintf(format, args...), at: at}
}

func (e Calls) judge(m *journal.Moment) verdict {
	n, others, uncounted := 0, []string{}, []string{}
	for _, c := range m.Called {
		if c.Name != e.Tool || !includes(c.Arguments, e.With) {
			others = append(others, c.Name+c.Arguments)
			continue
		}
		// With times: 0 the model must not even try.
		if why := m.All.NotCalled(c); why != "" && (e.Times == nil || *e.Times > 0) {
			uncounted = append(uncounted, why)
			continue
		}
		n++
	}
	got := "it was called once"
	if n != 1 {
		got = fmt.Sprintf("it was called %d times", n)
	}
	if len(uncounted) > 0 {
		got += "; a call that does not count: " + strings.Join(uncounted, "; another: ")
	}
	if len(others) > 0 {
		got += "; other calls: " + strings.Join(others, ", ")
	}
	if e.Times == nil {
		return unmet(n > 0, m.From, "%s", got)
	}
	return unmet(n == *e.Times, m.From, "%s", got)
}

// includes reports whether arguments have all members.
func includes(arguments string, members map[string]json.RawMessage) bool {
	if len(members) == 0 {
		return true
	}
	var got map[string]json.RawMessage
	if json.Unmarshal([]byte(arguments), &got) != nil {
		return false
	}
	for name, want := range members {
		if value, ok := got[name]; !ok || !bytes.Equal(canonical(value), canonical(want)) {
			return false
		}
	}
	return true
}

// canonical returns the form of a JSON value that equal values share.
func canonical(value json.RawMessage) []byte {
	var v any
	if json.Unmarshal(value, &v) != nil {
		return value
	}
	data, err := json.Marshal(v)
	if err != nil {
		return value
	}
	return data
}

func (e Hears) judge(m *journal.Moment) verdict {
	want, heard := words.Of(e.Words), m.Words()
	missing := words.Missing(want, words.Of(heard))
	return unmet(float64(missing) <= e.WordErrors*float64(len(want)), m.From, "%d of %d words differ; heard: %q", missing, len(want), heard)
}

func (e WordErrors) judge(m *journal.Moment) verdict {
	wrong, total := m.WordErrors()
	switch {
	case total == 0:
		return verdict{why: "the caller has said nothing", at: m.From}
	case len(m.Said()) == 0:
		return verdict{why: "no transcript arrived: switch on the transcription of the session's input", at: m.From}
	}
	return unmet(float64(wrong) <= float64(e)*float64(total), m.From, "%d of %d words are wrong: %q", wrong, total, strings.Join(m.Said(), " "))
}

func (e ReplyWithin) judge(m *journal.Moment) verdict {
	_, asked, _ := m.Answer()
	d, ok := m.Reply()
	if !ok {
		return verdict{why: "no answer was heard", at: max(asked, m.From)}
	}
	return unmet(d <= time.Duration(e), asked, "first heard sound after %s", journal.Seconds(d))
}

func (e SilentWithin) judge(m *journal.Moment) verdict {
	d, ok := m.Stop()
	if !ok {
		return verdict{why: "nothing was being said that the caller could interrupt", at: m.From}
	}
	return unmet(d <= time.Duration(e), m.From, "silent after %s", journal.Seconds(d))
}

func (e SilenceAtMost) judge(m *journal.Moment) verdict {
	longest := m.Silence()
	return unmet(longest.Length() <= time.Duration(e), longest.From, "silent for %s from %s on%s", journal.Seconds(longest.Length()), journal.Seconds(longest.From), m.During(longest))
}

func (e ResumesWithin) judge(m *journal.Moment) verdict {
	sounds := m.Sounds(journal.Spoken, journal.Noise, journal.Pressed)
	since := m.From
	if len(sounds) > 0 {
		since = sounds[len(sounds)-1].To
	}
	for _, s := range m.All.Audible {
		if s.To > since && s.From < m.To {
			d := max(s.From-since, 0)
			return unmet(d <= time.Duration(e), since, "heard again after %s", journal.Seconds(d))
		}
	}
	return verdict{why: "the agent was not heard again", at: since}
}

func (e ReconnectedWithin) judge(m *journal.Moment) verdict {
	found := false
	for _, o := range m.All.Outages {
		if !m.Has(o.Lost) {
			continue
		}
		found = true
		if o.Restored == 0 {
			return verdict{why: "the connection did not come back", at: o.Lost}
		}
		if d := o.Restored - o.Lost; d > time.Duration(e) {
			return verdict{why: "the connection came back after " + journal.Seconds(d), at: o.Lost}
		}
	}
	return unmet(found, m.From, "no connection was lost")
}

func (e ItemsLost) judge(m *journal.Moment) verdict {
	n, at := 0, m.From
	for _, o := range m.All.Outages {
		if m.Has(o.Lost) {
			n, at = n+len(o.Items), o.Lost
		}
	}
	return unmet(n <= int(e), at, "%d items were lost", n)
}

func (e BelievedEqualsHeard) judge(m *journal.Moment) verdict {
	for _, h := range m.Heard {
		if h.Cut == nil || !m.Has(h.Cut.At) {
			continue
		}
		if d := (h.Cut.Kept - h.Heard).Abs(); d > time.Duration(e) {
			return verdict{why: fmt.Sprintf("%s was heard and the conversation holds %s", journal.Seconds(h.Heard), journal.Seconds(h.Cut.Kept)), at: h.Cut.At}
		}
	}
	// Without a truncation, the conversation holds the whole answer.
	for _, h := range m.Heard {
		if h.Cut == nil && m.Has(h.First) && h.Made-h.Heard > time.Duration(e) {
			return verdict{why: fmt.Sprintf("%s of %s was heard and the conversation holds all", journal.Seconds(h.Heard), journal.Seconds(h.Made)), at: h.First}
		}
	}
	return verdict{}
}

func (e NoOverlap) judge(m *journal.Moment) verdict {
	longest := m.Overlap()
	return unmet(longest.Length() <= time.Duration(e), longest.From, "both were heard for %s", journal.Seconds(longest.Length()))
}

func (NoDoubledTool) judge(m *journal.Moment) verdict {
	ran := map[string]bool{}
	for _, r := range m.All.Runs {
		if m.Has(r.At) && ran[r.ID] {
			return verdict{why: r.Name + " ran twice for one call", at: r.At}
		}
		ran[r.ID] = true
	}
	seen := map[string]time.Duration{}
	for _, c := range m.Called {
		key := c.Name + string(canonical(json.RawMessage(c.Arguments)))
		if before, ok := seen[key]; ok && !m.SpokeBetween(before, c.At) {
			return verdict{why: fmt.Sprintf("%s%s was called twice", c.Name, c.Arguments), at: c.At}
		}
		seen[key] = c.At
	}
	return verdict{}
}

func (NoError) judge(m *journal.Moment) verdict {
	for _, f := range m.All.Faults {
		if m.Has(f.At) {
			return verdict{why: f.Text, at: f.At}
		}
	}
	return verdict{}
}

func (e Check) judge(m *journal.Moment) verdict {
	if err := e.Func(seenIn(m)); err != nil {
		return verdict{why: err.Error(), at: m.From}
	}
	return verdict{}
}

// The forms of expectations in files.

func (e Calls) String() string {
	var b strings.Builder
	b.WriteString("calls: " + e.Tool)
	for _, name := range slices.Sorted(maps.Keys(e.With)) {
		fmt.Fprintf(&b, " %s=%s", name, e.With[name])
	}
	if e.Times != nil {
		fmt.Fprintf(&b, " × %d", *e.Times)
	}
	return b.String()
}

func (e Hears) String() string {
	if e.WordErrors > 0 {
		return fmt.Sprintf("hears: %s ~%g", e.Words, e.WordErrors)
	}
	return "hears: " + e.Words
}
func (e WordErrors) String() string        { return fmt.Sprintf("word_errors: %g", float64(e)) }
func (e ReplyWithin) String() string       { return "reply_within: " + time.Duration(e).String() }
func (e SilentWithin) String() string      { return "silent_within: " + time.Duration(e).String() }
func (e SilenceAtMost) String() string     { return "silence_at_most: " + time.Duration(e).String() }
func (e ResumesWithin) String() string     { return "resumes_within: " + time.Duration(e).String() }
func (e ReconnectedWithin) String() string { return "reconnected_within: " + time.Duration(e).String() }

func (e BelievedEqualsHeard) String() string {
	return "believed_equals_heard: " + time.Duration(e).String()
}
func (e ItemsLost) String() string   { return fmt.Sprintf("items_lost: at most %d", int(e)) }
func (e NoOverlap) String() string   { return "no_overlap: " + time.Duration(e).String() }
func (NoDoubledTool) String() string { return "no_doubled_tool" }
func (NoError) String() string       { return "no_error" }
func (e Check) String() string       { return e.Name }

// seen returns what a [Check] is given.
func seenIn(m *journal.Moment) Seen {
	s := Seen{Heard: m.Words(), Said: strings.Join(m.Said(), " "), Silence: m.Silence().Length()}
	s.Reply, s.Answered = m.Reply()
	for _, c := range m.Called {
		call := ToolCall{ID: c.ID, Name: c.Name, Arguments: c.Arguments, At: c.At}
		if c.Answered > 0 {
			call.Took = c.Answered - c.At
		}
		s.Calls = append(s.Calls, call)
	}
	return s
}
