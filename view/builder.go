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

// piece is unbroken sound of the caller, or of an item, in samples of the page.
type piece struct {
	source
	begin, pos recording.Micros // on the clock of the recording, and in the sound
	samples    []int16
}

// source is what sound is of: the input of a connection, or the content of an item.
type source struct {
	track   recording.Track
	conn    int
	item    string
	content int
}

// soundIndex says to the script how to decode the sound.
type soundIndex struct {
	Rate  int      `json:"rate"`
	Bits  int      `json:"bits"`
	Mixed bool     `json:"mixed"`
	Steps []int32  `json:"steps"`
	Moves []int    `json:"moves"`
	Parts [][4]any `json:"parts"` // track, time, samples, bytes
}

// bill is what the responses and the transcripts of a call cost, in millionths of a dollar.
type bill struct {
	costs       []int64 // by response; -1 without a price
	total       int64
	largest     int64
	priced      int      // responses and transcripts with a price
	unpriced    int      // responses that used something, without a price
	transcripts int      // without a price
	models      []string // without a price
}

// maxLength bounds the length of a page, in microseconds: it is also a duration, and a number of the script.
const maxLength recording.Micros = 1<<53 - 1

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
	b.length = min(b.length, maxLength)
	for i := range rec.Lines {
		if n := rec.Lines[i].Number; n > 0 {
			b.index[n] = i
		}
	}
	return b
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

// item returns what a piece is of, nil if it was not spoken.
func (b *builder) item(p *piece) *recording.Item {
	for i := range b.tl.Items {
		if it := &b.tl.Items[i]; it.Item == p.item && it.Content == p.content {
			return it
		}
	}
	return nil
}

// hasSound reports whether the recording has sound of a track.
func (b *builder) hasSound(t recording.Track) bool {
	return slices.ContainsFunc(b.pieces, func(p piece) bool { return p.track == t })
}

// row returns the row of a line by its number in the file, -1 without one.
func (b *builder) row(number int) int {
	if i, ok := b.index[number]; ok {
		if n, ok := b.rows[i]; ok {
			return n
		}
	}
	return -1
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
