package view

import (
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/recording"
)

// The thresholds from which a wait for a reply is slow, and bad.
const (
	slowWait = 1200 * recording.Millisecond
	badWait  = 3 * recording.Second
)

func waitClass(wait recording.Micros) string {
	switch {
	case wait <= slowWait:
		return "ok"
	case wait <= badWait:
		return "slow"
	default:
		return "bad"
	}
}

// replies returns the waits for replies that came.
func (b *builder) replies() []recording.Micros {
	var waits []recording.Micros
	for i := range b.tl.Turns {
		if t := &b.tl.Turns[i]; t.Wait >= 0 {
			waits = append(waits, t.Wait)
		}
	}
	return waits
}

// unanswered returns the number of turns without a reply.
func (b *builder) unanswered() int {
	n := 0
	for i := range b.tl.Turns {
		if _, ok := b.noReply(i); ok {
			n++
		}
	}
	return n
}

// noReply reports whether nothing was heard after what the caller said in a turn, for as
// long as makes a wait bad. Until is when the caller spoke again, or the call ended.
func (b *builder) noReply(turn int) (until recording.Micros, ok bool) {
	t := &b.tl.Turns[turn]
	until = b.tl.Length
	if turn+1 < len(b.tl.Turns) {
		until = b.tl.Turns[turn+1].Begin
	}
	return until, t.Said >= 0 && t.FirstHeard < 0 && until-t.Said > badWait
}

// spoken returns how much sound was made and how much of it was heard.
func (b *builder) spoken() (made, heard recording.Micros) {
	for i := range b.tl.Items {
		made += b.tl.Items[i].Made
		heard += b.tl.Items[i].HeardLen
	}
	return made, heard
}

// arrived returns when a place in an item's sound arrived, as if it came evenly.
func arrived(it *recording.Item, place recording.Micros) recording.Micros {
	if it.Made <= 0 {
		return it.Begin
	}
	return it.Begin + recording.Micros(float64(it.End-it.Begin)*float64(place)/float64(it.Made))
}

// soundsAt returns when an item began to be heard, or else to arrive.
func soundsAt(it *recording.Item) recording.Micros {
	if len(it.Heard) > 0 {
		return it.Heard[0].Begin
	}
	return it.Begin
}

// split cuts the words of an item at the place up to which it was heard: at the space
// that is nearest in proportion of the sound.
func split(it *recording.Item) (heard, unheard string) {
	if !it.Cut || it.Made <= 0 || it.HeardLen >= it.Made {
		return it.Text, ""
	}
	at := int(float64(len(it.Text)) * float64(it.HeardLen) / float64(it.Made))
	if it.HeardLen == 0 {
		return "", it.Text
	}
	before, after := strings.LastIndexByte(it.Text[:at], ' '), strings.IndexByte(it.Text[at:], ' ')
	switch {
	case after < 0 && before < 0:
		return it.Text, ""
	case after >= 0 && (before < 0 || after < at-before):
		at += after
	default:
		at = before
	}
	return it.Text[:at], it.Text[at:]
}

// gap is a span in which nothing was heard.
type gap struct{ begin, end recording.Micros }

// silences are those that stand out, and those that a connection made that was lost while
// something was heard: from the end of the sound that played on to what was heard or said
// next.
func (b *builder) silences() []gap {
	var all []gap
	for i := range b.tl.Findings {
		if f := &b.tl.Findings[i]; f.Kind == recording.FindSilence {
			all = append(all, gap{f.At, f.Until})
		}
	}
	for i := range b.tl.Outages {
		o := &b.tl.Outages[i]
		g := gap{-1, b.length}
		for j := range b.tl.Items {
			for _, s := range b.tl.Items[j].Heard {
				switch {
				case s.Begin <= o.Begin && s.End() > o.Begin:
					g.begin = max(g.begin, s.End())
				case s.Begin > o.Begin:
					g.end = min(g.end, s.Begin)
				}
			}
		}
		for j := range b.tl.Speech {
			if s := &b.tl.Speech[j]; s.Begin > o.Begin {
				g.end = min(g.end, s.Begin)
			}
		}
		if g.begin >= 0 && g.end-g.begin > recording.Second/2 {
			all = append(all, g)
		}
	}
	return all
}

// median returns the middle value, the lower one of two.
func median(values []recording.Micros) recording.Micros {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}
