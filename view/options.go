package view

import (
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
