package journal

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/words"
)

// Moment is a step, or the whole call with step -1, at the end of the call.
type Moment struct {
	Span

	Step   int
	All    *Events
	Heard  []HeardItem // of the whole call
	Called []*ToolCall // within the moment
}

// Moments returns the whole call, and then its steps.
func (e *Events) Moments() []*Moment {
	heard := e.align()
	end := e.Ended
	all := []*Moment{{Span: Span{0, end}, Step: -1}}
	for i, s := range e.Steps {
		all = append(all, &Moment{Span: s, Step: i})
	}
	for _, m := range all {
		m.All, m.Heard = e, heard
		for _, c := range e.Calls {
			if c.Name != "" && m.Has(c.At) {
				m.Called = append(m.Called, c)
			}
		}
	}
	return all
}

// Has reports whether a time is within the moment.
func (m *Moment) Has(t time.Duration) bool { return t >= m.From && t < m.To }

// Sounds returns what the caller did in the step, in the order of time.
func (m *Moment) Sounds(kinds ...Kind) []Utterance {
	return slices.DeleteFunc(slices.Clone(m.All.Spoke), func(u Utterance) bool {
		return m.Step >= 0 && u.Step != m.Step || !slices.Contains(kinds, u.Kind)
	})
}

// Answer returns the first answer that arrived after the caller had spoken or pressed, and
// was heard, and the end of that sound of the caller.
func (m *Moment) Answer() (h HeardItem, asked time.Duration, ok bool) {
	sounds := m.Sounds(Spoken, Pressed)
	if len(sounds) == 0 {
		return h, 0, false
	}
	asked = sounds[len(sounds)-1].To
	for _, h := range m.Heard {
		if h.First >= asked && h.began >= 0 && m.Has(h.began) {
			return h, asked, true
		}
	}
	return h, asked, false
}

// Reply returns the time from the caller's last sound to the first that was heard of the
// answer.
func (m *Moment) Reply() (d time.Duration, ok bool) {
	h, asked, ok := m.Answer()
	if !ok {
		return 0, false
	}
	return m.All.audibleFrom(h.began) - asked, true
}

// audibleFrom returns the first time from t on at which the agent was audible; t if there
// is none.
func (e *Events) audibleFrom(t time.Duration) time.Duration {
	for _, s := range e.Audible {
		if s.To > t {
			return max(s.From, t)
		}
	}
	return t
}

// Words returns what was heard of the answers that began in the moment.
func (m *Moment) Words() string {
	var all []string
	for _, h := range m.Heard {
		if h.began >= 0 && m.Has(h.began) {
			if text := strings.TrimSpace(h.words()); text != "" {
				all = append(all, text)
			}
		}
	}
	return strings.Join(all, " ")
}

// Said returns the transcripts of the caller that arrived in the moment.
func (m *Moment) Said() (texts []string) {
	for _, t := range m.All.said {
		if m.Has(t.at) {
			texts = append(texts, t.text)
		}
	}
	return texts
}

// Silence returns the longest time in which it was the agent's turn and neither side was
// heard. After the agent has spoken and has nothing left to do, it is the caller's turn.
func (m *Moment) Silence() (longest Span) {
	type sound struct {
		Span
		agent bool
	}
	var all []sound
	for _, s := range m.All.Audible {
		all = append(all, sound{s, true})
	}
	for _, u := range m.All.Spoke {
		if u.Kind != Pressed {
			all = append(all, sound{u.Span, false})
		}
	}
	slices.SortFunc(all, func(a, b sound) int { return int(a.From - b.From) })
	last := sound{Span: Span{m.From, m.From}}
	for _, s := range all {
		if s.To <= m.From || s.From >= m.To {
			continue
		}
		if gap := (Span{last.To, s.From}); gap.Length() > longest.Length() && (s.agent || !last.agent) {
			longest = gap
		}
		if s.To > last.To {
			last = s
		}
	}
	rest := Span{last.To, m.To}
	if last.agent {
		rest.To = m.All.busyUntil(m.To)
	}
	if rest.Length() > longest.Length() {
		longest = rest
	}
	return longest
}

// busyUntil returns the last time up to t at which the agent had something to do.
func (e *Events) busyUntil(t time.Duration) (until time.Duration) {
	busy := func(from, to time.Duration) {
		switch {
		case from >= t:
		case to == 0 || to > t:
			until = t
		default:
			until = max(until, to)
		}
	}
	for _, r := range e.responses {
		busy(r.created, r.done)
	}
	for _, c := range e.Calls {
		busy(c.At, c.Answered)
	}
	for _, o := range e.Outages {
		busy(o.Lost, o.Restored)
	}
	return until
}

// Stop returns the time from the caller's first sound in the step to the end of what was
// playing then. ok is false if nothing was.
func (m *Moment) Stop() (d time.Duration, ok bool) {
	sounds := m.Sounds(Spoken, Noise)
	if len(sounds) == 0 {
		return 0, false
	}
	began := sounds[0].From
	for _, r := range m.All.played {
		if r.From <= began && began < r.To {
			return r.To - began, true
		}
	}
	return 0, false
}

// Overlap returns the longest time in which both sides were heard.
func (m *Moment) Overlap() (longest Span) {
	for _, u := range m.Sounds(Spoken) {
		for _, s := range m.All.Audible {
			both := Span{max(u.From, s.From), min(u.To, s.To)}
			if both.Length() > longest.Length() {
				longest = both
			}
		}
	}
	return longest
}

// WordErrors returns how many of the caller's words the transcripts have wrong.
func (m *Moment) WordErrors() (wrong, total int) {
	var want []string
	for _, u := range m.Sounds(Spoken) {
		want = append(want, words.Of(u.Text)...)
	}
	return words.Errors(want, words.Of(strings.Join(m.Said(), " "))), len(want)
}

// During names what went on in a silence.
func (m *Moment) During(s Span) string {
	var parts []string
	for _, c := range m.All.Calls {
		end := c.Answered
		if end == 0 {
			end = s.To
		}
		if both := min(end, s.To) - max(c.At, s.From); both > s.Length()/4 {
			parts = append(parts, Seconds(both)+" of it "+c.Name)
		}
	}
	for _, o := range m.All.Outages {
		end := o.Restored
		if end == 0 {
			end = s.To
		}
		if both := min(end, s.To) - max(o.Lost, s.From); both > s.Length()/4 {
			parts = append(parts, Seconds(both)+" of it without a connection")
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

// SpokeBetween reports whether the caller began to speak, or pressed, between two times.
func (m *Moment) SpokeBetween(from, to time.Duration) bool {
	return slices.ContainsFunc(m.All.Spoke, func(u Utterance) bool { return u.From > from && u.From < to })
}

// Seconds returns a duration in seconds with two places.
func Seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + " s"
}
