package recording

import (
	"cmp"
	"slices"
)

// estimate derives what was heard by the clock, if no line says it: each item begins when
// its first sound has arrived and what came before has ended, and plays without gaps
// until it is cut.
func (b *builder) estimate() {
	if b.heardLines {
		return
	}
	var playhead Micros
	for i := range b.t.Items {
		x := &b.t.Items[i]
		begin, to := max(x.Begin, playhead), x.Made
		if cut, ok := b.truncations[part{x.Item, x.Content}]; ok {
			to = min(to, cut.end)
		} else if at, ok := b.stopped(x, begin); ok {
			to = min(to, max(at-begin, 0))
		}
		if to <= 0 {
			continue
		}
		x.Heard = []Span{{begin, 0, to}}
		playhead = begin + to
		b.t.HeardBy = ByClock
	}
}

// stopped returns when an item of a cancelled response was stopped: when the caller spoke
// while it played.
func (b *builder) stopped(x *Item, begin Micros) (at Micros, ok bool) {
	i, known := b.responses[x.Response]
	if !known || b.t.Responses[i].Status != "cancelled" {
		return 0, false
	}
	for _, s := range b.t.Speech {
		if s.Known >= begin && s.Known <= begin+x.Made {
			return s.Known, true
		}
	}
	return b.t.Responses[i].End, true
}

// finishItems sums up what was heard of each item.
func (b *builder) finishItems() {
	for i := range b.t.Items {
		x := &b.t.Items[i]
		slices.SortStableFunc(x.Heard, func(a, c Span) int { return cmp.Compare(a.Begin, c.Begin) })
		for _, s := range x.Heard {
			x.HeardLen += s.To - s.From
		}
		_, told := b.truncations[part{x.Item, x.Content}]
		x.Cut = told || b.cutLines[part{x.Item, x.Content}]
	}
}

// finishCuts joins interruptions with what the server was told, and adds those that only
// messages show.
func (b *builder) finishCuts() {
	for i := range b.t.Items {
		x := &b.t.Items[i]
		key := part{x.Item, x.Content}
		if told, ok := b.truncations[key]; ok && !b.cutLines[key] {
			b.t.Cuts = append(b.t.Cuts, CutSpan{
				Line: told.line, At: told.at, Item: x.Item, Content: x.Content, Heard: x.HeardLen, Made: x.Made, Silence: -1, Asked: -1,
			})
		}
	}
	slices.SortStableFunc(b.t.Cuts, func(a, c CutSpan) int { return cmp.Compare(a.At, c.At) })
	for i := range b.t.Cuts {
		c := &b.t.Cuts[i]
		c.Believed = -1
		if told, ok := b.truncations[part{c.Item, c.Content}]; ok {
			c.Believed = told.end
		}
		b.silence(c)
	}
}

// bargeIn is how long before a cut the speech that caused it may have begun.
const bargeIn = 5 * Second

// silence finds the speech that caused a cut, and when the sound ended after it.
func (b *builder) silence(c *CutSpan) {
	if c.By != "" && c.By != "speech_started" {
		return
	}
	i, ok := b.items[part{c.Item, c.Content}]
	if !ok || len(b.t.Items[i].Heard) == 0 {
		return
	}
	heard := b.t.Items[i].Heard
	first, last := heard[0].Begin, heard[len(heard)-1].End()
	for _, s := range slices.Backward(b.t.Speech) {
		if s.Known <= c.At+Second && s.Known >= c.At-bargeIn && s.Known >= first && s.Begin <= last {
			c.By, c.At = "speech_started", min(c.At, s.Known)
			c.Silence = max(last-s.Known, 0)
			return
		}
	}
}
