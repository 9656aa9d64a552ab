package voice

import (
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
)

// Utterance is what became of the speech of one response. It is over when the response
// has ended and its sound was heard or dropped.
type Utterance struct {
	// ResponseID is the response's id.
	ResponseID string
	// Said is the part of the transcript that the listener has heard, to the last whole
	// word, and Unheard what was generated beyond. Where the sound was cut, the place in
	// the text is estimated from the length of the sound.
	Said, Unheard string
	// Heard lists the audio of the response, in the order in which it began.
	Heard []Heard
	// Cut is set when the answer is not complete or was not heard to its end: because of
	// the user, the program, the server, an outage or the end of the line.
	Cut bool
	// FirstSound is when the first sound arrived, and FirstHeard when some was first known
	// to be heard; zero if that never was.
	FirstSound, FirstHeard time.Time
	// Status is how the response ended; empty after an outage.
	Status api.ResponseStatus
	// Usage is what the response used, nil if the server did not say.
	Usage *api.ResponseUsage
}

// speech is the sound of one response while it is not over.
type speech struct {
	response string
	parts    []*part // in the order in which they began
	first    time.Time
	beside   bool // outside of the conversation
	stopped  bool // what still arrives is not played
	done     bool // the response has ended
	short    bool // it ended before it was complete
	status   api.ResponseStatus
	usage    *api.ResponseUsage
	exchange *exchange // nil outside of the conversation
	// convert converts what arrives to the session's format; nil if it has that.
	convert *audio.Converter
	sound   []byte // converted
}

// session returns sound of the response in the session's format.
func (s *speech) session(delta []byte) []byte {
	if s.convert == nil {
		return delta
	}
	s.sound = s.convert.Append(s.sound[:0], delta)
	return s.sound
}

// rest ends the sound of a part.
func (s *speech) rest(p *part) {
	if s.convert == nil || p.done || s.stopped {
		return
	}
	s.sound = s.convert.AppendRest(s.sound[:0])
	p.received += len(s.sound)
	p.sound.push(s.sound)
}

// part returns a part of the speech, a new one if needed.
func (s *speech) part(item string, content int) *part {
	for _, p := range s.parts {
		if p.item == item && p.content == content {
			return p
		}
	}
	p := &part{response: s.response, item: item, content: content, unsaved: s.beside, done: s.done}
	s.parts = append(s.parts, p)
	return p
}

// end notes the end of the response: no more sound comes.
func (s *speech) end() {
	s.done = true
	for _, p := range s.parts {
		s.rest(p)
		p.done = true
	}
}

// over reports whether the response has ended and nothing of it will be heard any more.
func (s *speech) over() bool {
	return s.done && (s.stopped || !slices.ContainsFunc(s.parts, func(p *part) bool { return !p.all() }))
}

// utterance returns the result. from is the format of the session, to that of the line.
func (s *speech) utterance(from, to audio.Format) Utterance {
	u := Utterance{ResponseID: s.response, Cut: s.short, FirstSound: s.first, Status: s.status, Usage: s.usage}
	var said, unsaid strings.Builder
	for _, p := range s.parts {
		h := p.result(from, to)
		a, b := p.text(h, !s.short)
		// What follows a cut is not heard, whatever the sum of sounds suggests.
		if unsaid.Len() > 0 {
			a, b = "", a+b
		}
		join(&said, a)
		join(&unsaid, b)
		if p.received > 0 {
			u.Heard = append(u.Heard, h)
			u.Cut = u.Cut || !h.All
		}
		u.FirstHeard = first(u.FirstHeard, p.first)
	}
	u.Said, u.Unheard = strings.TrimSpace(said.String()), strings.TrimSpace(unsaid.String())
	return u
}

// first returns the earlier time that is not zero.
func first(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// join appends the text of the next item, after a space.
func join(b *strings.Builder, text string) {
	if b.Len() > 0 && text != "" {
		b.WriteByte(' ')
	}
	b.WriteString(text)
}
