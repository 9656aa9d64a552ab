package talk

import (
	"context"
	"io"
	"sync"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/voice"
)

// format is that of the microphone and the loudspeaker.
const format = audio.PCM24k

// backlog is the maximum number of pieces of 20 ms that wait to be received, two seconds.
const backlog = 100

// line is the microphone and the loudspeaker of a page as a [voice.Line]. It counts what
// was heard by what the page has played, as a [voice.Player].
type line struct {
	page  Page
	words *captions
	sound chan []byte

	mu            sync.Mutex // guards the fields below, and the order of Play and Clear
	ended         chan struct{}
	over          bool
	generation    int // of Clear
	given, played int // bytes since the last Clear; played ≤ given
}

var (
	_ voice.Line   = (*line)(nil)
	_ voice.Player = (*line)(nil)
	_ voice.Hanger = (*line)(nil)
)

func newLine(page Page, words *captions) *line {
	return &line{page: page, words: words, sound: make(chan []byte, backlog), ended: make(chan struct{})}
}

// hear takes what the microphone has recorded. If too much waits, the oldest is dropped.
func (l *line) hear(sound []byte) {
	for {
		select {
		case l.sound <- sound:
			return
		default:
		}
		select {
		case <-l.sound:
		default:
		}
	}
}

// heard takes how many bytes were heard in a generation.
func (l *line) heard(generation, bytes int) {
	l.mu.Lock()
	if generation == l.generation { // Otherwise it is about sound that was cleared.
		l.played = max(l.played, min(bytes, l.given))
	}
	l.mu.Unlock()
	l.words.heard(generation, format.Duration(bytes))
}

// Formats returns the format of both devices.
func (*line) Formats() (in, out audio.Format) { return format, format }

// Receive waits for sound of the microphone.
func (l *line) Receive(ctx context.Context) (voice.Input, error) {
	select {
	case sound := <-l.sound:
		return voice.Input{Audio: sound}, nil
	case <-l.ended:
		return voice.Input{}, io.EOF
	case <-ctx.Done():
		return voice.Input{}, context.Cause(ctx)
	}
}

// Play gives sound to the page, which holds any amount.
func (l *line) Play(_ context.Context, sound []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return voice.ErrLineEnded
	}
	l.given += len(sound)
	l.page.Play(sound)
	return nil
}

// Clear drops what was not played.
func (l *line) Clear(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return voice.ErrLineEnded
	}
	l.clear()
	return nil
}

// clear drops what was not played. l.mu is held.
func (l *line) clear() {
	l.generation++
	l.given, l.played = 0, 0
	l.words.cleared(l.generation)
	l.page.Clear(l.generation)
}

// Played returns the bytes that were heard since the last Clear.
func (l *line) Played() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.played
}

// HangUp ends the line.
func (l *line) HangUp(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.clear()
		l.over = true
		close(l.ended)
	}
	return nil
}
