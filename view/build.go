package view

import (
	"cmp"
	"slices"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/usage"
	"github.com/voicelane/realtime-go/view/internal/sound"
)

// builder makes a page of a recording.
type builder struct {
	o      Options
	rec    *recording.Recording
	tl     *recording.Timeline
	length recording.Micros // of the page, positive

	index  map[int]int // places in rec.Lines by the number of the line
	events []event
	rows   map[int]int // events by the place in rec.Lines

	pieces  []piece
	clips   []sound.Clip
	missing bool // sound that the recording refers to is not there
	bill    bill
	data    data
}

// data is what the script of the page reads.
type data struct {
	Length int64             `json:"length"`
	Levels map[string][]byte `json:"levels"`
	Events []event           `json:"events"`
	Sound  *soundIndex       `json:"sound"`
}

func newBuilder(rec *recording.Recording, o *Options) *builder {
	b := &builder{rec: rec, tl: rec.Timeline(), index: map[int]int{}, rows: map[int]int{}}
	if o != nil {
		b.o = *o
	}
	b.o.MaxBytes = cmp.Or(b.o.MaxBytes, MaxBytes)
	if b.o.Prices == nil {
		b.o.Prices = usage.Published()
	}
	b.length = max(b.tl.Length, 1)
	for _, n := range b.o.Notes {
		b.length = max(b.length, n.At, n.Until)
	}
	for i := range rec.Lines {
		if n := rec.Lines[i].Number; n > 0 {
			b.index[n] = i
		}
	}
	return b
}

// page returns the page without sound.
func (b *builder) page() (*page, error) {
	b.bill = b.makeBill()
	b.events = b.makeEvents()
	b.decodeSound()
	p := &page{
		Title:      b.title(),
		Facts:      b.facts(),
		Kept:       b.kept(),
		Warnings:   b.warnings(),
		Figures:    b.figures(),
		LengthText: clock1(b.length),
		LengthMS:   int64(b.length / recording.Millisecond),
		timeline:   b.timeline(),
		Turns:      b.turns(),
	}
	p.Finds, p.More = b.finds()
	p.Total = b.total()
	p.SoundNote = b.noSound()
	b.data = data{Length: int64(b.length), Levels: b.levels(), Events: b.events}
	var err error
	p.Data, err = packed(b.data)
	return p, err
}

// at returns a place on the timeline. Until is at or before At for a moment.
func (b *builder) at(from, until recording.Micros, tip string) place {
	p := place{Left: share(from, b.length), At: int64(from), Tip: tip}
	if until > from {
		p.Width, p.To = share(until-from, b.length), int64(until)
	}
	return p
}

func (b *builder) bar(from, until recording.Micros) bar {
	return bar{share(from, b.length), share(max(until-from, 0), b.length)}
}

// room gives each label the room up to the next bar of its row or the next of some other
// marks, and the last one the room up to the end.
func (b *builder) room(all []labelled, others ...mark) {
	for i := range all {
		l, next := &all[i].Label, b.length
		after := max(all[i].Place.To, all[i].Place.At)
		for _, other := range all {
			if other.Place.Row == l.Row && other.Place.At >= after && other.Place.At > all[i].Place.At {
				next = min(next, recording.Micros(other.Place.At))
			}
		}
		for _, other := range others {
			if other.Place.At > all[i].Place.At {
				next = min(next, recording.Micros(max(other.Place.At, after)))
			}
		}
		l.Left, l.Width = share(recording.Micros(after), b.length), share(next-recording.Micros(after), b.length)
	}
}

// line returns the body of the line with a number, nil if there is none.
func (b *builder) line(number int) recording.Body {
	if i, ok := b.index[number]; ok {
		return b.rec.Lines[i].Body
	}
	return nil
}

// bodies returns the lines of one kind, with their times.
func bodies[T recording.Body](rec *recording.Recording) []timed[T] {
	var all []timed[T]
	for i := range rec.Lines {
		if body, ok := rec.Lines[i].Body.(T); ok {
			all = append(all, timed[T]{rec.Lines[i].At, body})
		}
	}
	return all
}

type timed[T recording.Body] struct {
	At   recording.Micros
	Body T
}

// median returns the middle value, the lower one of two.
func median(values []recording.Micros) recording.Micros {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}
