package recording

import (
	"cmp"
	"slices"
	"strings"
)

// step is what begins or continues a turn.
type step struct {
	at       Micros
	line     int
	speech   int // index, or -1
	response int // index, or -1
	written  bool
}

// turns groups what the caller said and the responses to it.
func (b *builder) turns() {
	var steps []step
	for i, s := range b.t.Speech {
		steps = append(steps, step{at: s.Begin, line: s.Line, speech: i, response: -1})
	}
	for i, r := range b.t.Responses {
		steps = append(steps, step{at: r.Begin, line: r.Line, speech: -1, response: i})
	}
	for _, w := range b.writes {
		steps = append(steps, step{at: w.At, line: w.Line, speech: -1, response: -1, written: true})
	}
	slices.SortStableFunc(steps, func(x, y step) int { return cmp.Compare(x.at, y.at) })
	for _, s := range steps {
		b.step(s)
	}
	for i := range b.t.Turns {
		b.finishTurn(&b.t.Turns[i])
	}
}

// step puts a step into the turn that it belongs to.
func (b *builder) step(s step) {
	last := len(b.t.Turns) - 1
	open := last >= 0 && len(b.t.Turns[last].Responses) == 0
	follows := last >= 0 && s.response >= 0 && (open || b.owes(&b.t.Turns[last]))
	if s.response < 0 && open || follows {
		b.join(last, s)
		return
	}
	b.t.Turns = append(b.t.Turns, Turn{Line: s.line, Begin: s.at, End: s.at, Said: -1, FirstMade: -1, FirstHeard: -1, Wait: -1})
	b.join(last+1, s)
}

// join adds a step to a turn.
func (b *builder) join(i int, s step) {
	t := &b.t.Turns[i]
	switch {
	case s.response >= 0:
		b.t.Responses[s.response].Turn = i
		t.Responses = append(t.Responses, s.response)
	case s.written:
		t.Said = s.at
	default:
		x := &b.t.Speech[s.speech]
		t.Said, t.End = x.End, max(t.End, x.End)
		t.User = strings.TrimSpace(t.User + " " + x.Text)
	}
}

// owes reports whether the last response of a turn has called functions, so that another
// continues it.
func (b *builder) owes(t *Turn) bool {
	last := b.t.Responses[t.Responses[len(t.Responses)-1]].ID
	return slices.ContainsFunc(b.t.Tools, func(s ToolSpan) bool { return s.Response == last || b.within(&s, last) })
}

// within reports whether a call without a known response began while that response ran.
func (b *builder) within(s *ToolSpan, response string) bool {
	r := &b.t.Responses[b.responses[response]]
	return s.Response == "" && s.Begin >= r.Begin && s.Begin <= r.End+Second
}

// finishTurn collects items and tools of a turn, and its times.
func (b *builder) finishTurn(t *Turn) {
	for _, i := range t.Responses {
		r := &b.t.Responses[i]
		t.End = max(t.End, r.End)
		for n := range b.t.Items {
			if x := &b.t.Items[n]; x.Response == r.ID {
				t.Items = append(t.Items, n)
				t.sound(x)
			}
		}
		for n := range b.t.Tools {
			s := &b.t.Tools[n]
			if (s.Response == r.ID || b.within(s, r.ID)) && !slices.Contains(t.Tools, n) {
				t.Tools = append(t.Tools, n)
				t.End = max(t.End, s.End)
			}
		}
	}
	if t.Said >= 0 && t.FirstHeard >= 0 {
		t.Wait = max(t.FirstHeard-t.Said, 0)
	}
}

// timeTurns takes the waits of turn lines in place of those that messages suggest: the
// layer that ran the turn knew when the caller had sent the last word. Such a line is
// written when the answer is over, so it belongs to a turn that was heard before it. If
// several were, because it waited for a transcript, it is the one whose wait is nearest.
func (b *builder) timeTurns() {
	next := 0
	for _, w := range b.waits {
		found := -1
		for i := next; i < len(b.t.Turns); i++ {
			t := &b.t.Turns[i]
			if t.Wait < 0 || t.FirstHeard > w.at || t.FirstHeard-w.length < t.Begin {
				continue
			}
			if found < 0 || apart(t.Wait, w.length) < apart(b.t.Turns[found].Wait, w.length) {
				found = i
			}
		}
		if found < 0 {
			continue
		}
		b.lastWord(&b.t.Turns[found], w.length)
		next = found + 1
	}
}

// lastWord puts the end of what the caller said in a turn where its wait began.
func (b *builder) lastWord(t *Turn, wait Micros) {
	said := t.FirstHeard - wait
	for i := range b.t.Speech {
		if s := &b.t.Speech[i]; s.End == t.Said && !s.Open && s.Begin >= t.Begin {
			s.End = max(said, s.Begin)
		}
	}
	t.Said, t.Wait = said, wait
}

func apart(a, c Micros) Micros { return max(a-c, c-a) }

// sound adds the sound of an item.
func (t *Turn) sound(x *Item) {
	t.Cut = t.Cut || x.Cut
	t.Agent = strings.TrimSpace(t.Agent + " " + x.Text)
	if t.FirstMade < 0 || x.Begin < t.FirstMade {
		t.FirstMade = x.Begin
	}
	for _, s := range x.Heard {
		if t.FirstHeard < 0 || s.Begin < t.FirstHeard {
			t.FirstHeard = s.Begin
		}
		t.End = max(t.End, s.End())
	}
}
