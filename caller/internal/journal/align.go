package journal

import (
	"time"

	"github.com/voicelane/realtime-go/caller/internal/words"
)

// HeardItem is what the caller heard of an answer.
type HeardItem struct {
	*item
	pos   time.Duration // the length of the sound that came out of the telephone before it
	began time.Duration // when its sound began in the telephone; -1 if it did not
	Heard time.Duration // the length of what was heard
	Cut   *cut          // nil if the conversation holds all of it
}

// words returns the text that was heard, to the last whole word.
func (h HeardItem) words() string {
	if h.Made == 0 {
		return ""
	}
	const rounding = 30 * time.Millisecond
	if h.Heard >= h.Made-rounding {
		return h.text
	}
	return words.Part(h.text, float64(h.Heard)/float64(h.Made))
}

// align finds out what was heard of each answer, from what came out of the telephone
// alone: not from what the program believes. Answers are played one after another, in the
// order in which they arrived; none is heard before it has arrived; and the playing of an
// answer that was cut ends with the run of playing in which it was cut.
func (e *Events) align() []HeardItem {
	var all []HeardItem
	pos := time.Duration(0)  // the playing time that belongs to earlier answers
	last := time.Duration(0) // when the latest of them was first heard
	for _, it := range e.items {
		if it.Made == 0 {
			continue
		}
		h := HeardItem{item: it, began: -1, Cut: e.cutOf(it.id)}
		// Silence means that earlier answers are over, unless they have not begun yet.
		if idle, played := e.idleAt(it.First); idle && (played >= pos || last < it.First) {
			pos = played
		}
		h.pos = pos
		end := pos + it.Made
		if h.Cut != nil {
			end = max(min(end, e.playedBy(h.Cut.At)), pos)
		}
		end = min(end, e.total())
		h.Heard = max(end-pos, 0)
		if h.Heard > 0 {
			h.began = e.timeOf(pos)
			last = h.began
		}
		all = append(all, h)
		pos = max(end, pos)
	}
	return all
}

func (e *Events) cutOf(id string) *cut {
	for i := range e.cuts {
		if e.cuts[i].item == id {
			return &e.cuts[i]
		}
	}
	return nil
}

// total returns the length of all that was played.
func (e *Events) total() time.Duration {
	if len(e.played) == 0 {
		return 0
	}
	last := e.played[len(e.played)-1]
	return last.pos + last.Length()
}

// idleAt reports whether nothing was playing then, and how much had been played.
func (e *Events) idleAt(t time.Duration) (idle bool, played time.Duration) {
	for _, r := range e.played {
		switch {
		case t <= r.From:
			return true, r.pos
		case t < r.To:
			return false, r.pos + t - r.From
		}
		played = r.pos + r.Length()
	}
	return true, played
}

// playedBy returns how much was played when the run of that time was over.
func (e *Events) playedBy(t time.Duration) (played time.Duration) {
	for _, r := range e.played {
		if t < r.From {
			break
		}
		played = r.pos + r.Length()
	}
	return played
}

// timeOf returns when the sound at a place of the playing was heard.
func (e *Events) timeOf(pos time.Duration) time.Duration {
	for _, r := range e.played {
		if pos < r.pos+r.Length() {
			return r.From + pos - r.pos
		}
	}
	return -1
}
