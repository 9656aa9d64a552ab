package view

import (
	"bytes"
	"io"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/usage"
)

// MaxBytes is the size of a page that [Options.MaxBytes] 0 stands for: 3 MB.
const MaxBytes = 3_000_000

// Options say what a page shows. The zero value is ready.
type Options struct {
	// Title is the heading. Default: the recording's id.
	Title string
	// MaxBytes is the size of the page that its sound must keep: the best way of packing
	// the sound that fits is used, and none if none fits. It does not bound what the
	// recording says without sound. Default: [MaxBytes].
	MaxBytes int
	// NoSound leaves the sound out of a recording that has some. The waveforms stay.
	NoSound bool
	// Prices are used for responses whose cost the recording does not say. Default:
	// [usage.Published]. A response of a model without a price has no cost, and the page
	// then shows how many responses the sum leaves out.
	Prices *usage.Prices
	// Notes are shown above the findings and in a lane of their own, in the order given.
	Notes []Note
}

// Note is a mark of the application's on the timeline, such as an expectation that was not
// met.
type Note struct {
	// At and Until are a span of the recording; Until may be 0 for a moment.
	At, Until recording.Micros
	// Severity is the sign of the note. The zero value is a flag.
	Severity recording.Severity
	// Title is one line, and Text one or two sentences.
	Title, Text string
}

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
