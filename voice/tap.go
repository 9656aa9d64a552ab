package voice

import "time"

// Tap observes what becomes of the sound of one bridge: a recording or a trace. Its funcs
// are called on goroutines of the bridge, under its lock: they must be fast, and must call
// no method of the bridge, the line or the session. A nil func costs nothing.
type Tap struct {
	// Heard is called when sound became known to be heard, in the order of hearing.
	Heard func(Played)
	// Stopped is called for each part of an answer that is stopped before it was heard
	// whole, with what was heard of it.
	Stopped func(Heard)
}

// Played is a span of an item's sound that became known to be heard.
type Played struct {
	// Item is the item's id, and Content the index of its audio part.
	Item    string
	Content int
	// From and To are the span in the sound of the part.
	From, To time.Duration
	// At is when it became known; the span had just been heard then.
	At time.Time
	// How is the evidence.
	How Evidence
}

// observer returns what shows heard sound to the taps, nil without any.
func (s *speaker) observer(taps []*Tap) func(p *part, from, to int, now time.Time, how Evidence) {
	for _, t := range taps {
		if t != nil {
			s.taps = append(s.taps, t)
		}
	}
	if len(s.taps) == 0 {
		return nil
	}
	return func(p *part, from, to int, now time.Time, how Evidence) {
		played := Played{p.item, p.content, s.to.Duration(from), s.to.Duration(to), now, how}
		for _, t := range s.taps {
			if t.Heard != nil {
				t.Heard(played)
			}
		}
	}
}

// stopped shows a part that is stopped to the taps.
func (s *speaker) stopped(p *part) {
	if p.received == 0 {
		return
	}
	for _, t := range s.taps {
		if t.Stopped != nil {
			t.Stopped(p.result(s.from, s.to))
		}
	}
}
