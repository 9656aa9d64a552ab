package view

import (
	"bytes"
	"io"

	"github.com/voicelane/realtime-go/recording"
)

// HTML writes a recording to w as a page in one file: it needs no server and asks for
// nothing, and opens from a disk. What a recording holds is shown as it is: a page of a
// recording with content holds that content. A nil o is the zero Options.
//
// The same recording and options give the same bytes. Errors are those of w; whatever the
// recording holds or lacks is no error. It takes memory for the decoded sound, 16 kB for a
// second.
func HTML(w io.Writer, rec *recording.Recording, o *Options) error {
	b := newBuilder(rec, o)
	p, err := b.page()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := p.render(&out); err != nil {
		return err
	}
	for limit := b.o.MaxBytes - out.Len(); limit > 0; {
		if err := b.addSound(p, limit); err != nil {
			return err
		}
		out.Reset()
		if err := p.render(&out); err != nil {
			return err
		}
		over := out.Len() - b.o.MaxBytes
		if p.Sound == "" || over <= 0 {
			break
		}
		limit -= over
	}
	_, err = out.WriteTo(w)
	return err
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
