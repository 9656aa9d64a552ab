package transcribe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"sync"

	"github.com/voicelane/realtime-go/realtime"
)

// Source is one recording of many.
type Source struct {
	// Name is passed on to the transcript.
	Name string
	// Open returns the audio, as [Stream] takes it. It is called when the recording's turn
	// comes. A reader that has a Close method is closed.
	Open func() (io.Reader, error)
}

// WAVFile is the WAV file of that name.
func WAVFile(name string) Source {
	return Source{Name: name, Open: func() (io.Reader, error) {
		f, err := os.Open(name) //nolint:gosec // The caller names the file.
		if err != nil {
			return nil, err //nolint:wrapcheck // It names the file.
		}
		s, err := WAV(f)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return closing{s, f}, nil
	}}
}

// closing is a sound with the file that it comes from.
type closing struct {
	*Sound
	io.Closer
}

// Transcript is one whole recording.
type Transcript struct {
	// Name is that of its source.
	Name string
	// Segments are what was said, in order. Those that failed are left out.
	Segments []Segment
	// Err is nil, or holds each error that [Stream] yields, joined.
	Err error
}

// Text returns the text of all segments, with spaces between them.
func (t *Transcript) Text() string {
	parts := make([]string, 0, len(t.Segments))
	for _, s := range t.Segments {
		if s.Text != "" {
			parts = append(parts, s.Text)
		}
	}
	return strings.Join(parts, " ")
}

// Files transcribes recordings, each in a session of its own and Options.Sessions at the
// same time, and yields their transcripts in the order of the sources. A recording that
// fails has an error in its transcript, and the others are not affected. At most
// Options.Sessions recordings are open or wait for those before them. Leaving the loop, or
// the end of the context, ends the sessions; the loop returns when all have ended.
func Files(ctx context.Context, client *realtime.Client, sources []Source, o *Options) iter.Seq[Transcript] {
	c := o.resolved()
	c.Partial = false
	return func(yield func(Transcript) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		results := make([]chan Transcript, len(sources))
		begun := 0
		for i := range sources {
			for ; begun < len(sources) && begun < i+c.Sessions; begun++ {
				result := make(chan Transcript, 1)
				results[begun] = result
				source := sources[begun]
				running.Go(func() { result <- whole(ctx, client, source, &c) })
			}
			if !yield(<-results[i]) {
				return
			}
			results[i] = nil
		}
	}
}

// whole transcribes one recording.
func whole(ctx context.Context, client *realtime.Client, from Source, o *Options) Transcript {
	t := Transcript{Name: from.Name}
	if from.Open == nil {
		t.Err = fmt.Errorf("transcribe: source %q has no Open", from.Name)
		return t
	}
	audio, err := from.Open()
	if err != nil {
		t.Err = err
		return t
	}
	if c, ok := audio.(io.Closer); ok {
		defer c.Close()
	}
	if c, ok := audio.(closing); ok {
		audio = c.Sound
	}
	var errs []error
	for s, err := range Stream(ctx, client, audio, o) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		t.Segments = append(t.Segments, s)
	}
	t.Err = errors.Join(errs...)
	return t
}
