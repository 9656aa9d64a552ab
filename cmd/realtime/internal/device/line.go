// Package device is a microphone and a loudspeaker as a line of package voice, over
// PulseAudio or PipeWire.
package device

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/voice"
)

// Format is that of both directions.
const Format = audio.PCM24k

const (
	ahead   = 2 * time.Second        // Play blocks while more waits.
	backlog = 2 * time.Second        // Received sound that is not taken is dropped beyond it.
	tail    = 250 * time.Millisecond // A room's echo of what was played.
)

// Line is a line of a microphone and a loudspeaker: a [voice.Line], a [voice.Player] and a
// [voice.Hanger]. Its methods may be called from any goroutine, but for Receive and Play as
// voice.Line has it.
type Line struct {
	half    bool
	latency int // bytes that the loudspeaker holds

	mu       sync.Mutex // guards the fields below
	changed  *sync.Cond // signals the end, Clear, and sound that was taken or arrived
	ended    bool
	heard    []byte // by the microphone; not received yet
	queue    []byte // by Play; not given to the loudspeaker yet
	stream   int64  // bytes given to the loudspeaker, silence included
	busy     int64  // the place in the stream behind the last sound
	given    int    // bytes of sound given since the last Clear
	spans    []span // of the sound that the loudspeaker may still hold
	played   int    // bytes of sound that were heard since the last Clear
	in, out  float64
	received []byte // what Receive has returned
}

// span is a place in the stream, and how much sound was given up to there.
type span struct {
	end   int64
	given int
}

// newLine returns a line whose loudspeaker holds at most a latency. With half, the microphone
// is silent while the loudspeaker is not.
func newLine(latency time.Duration, half bool) *Line {
	l := &Line{half: half, latency: Format.Bytes(latency), in: silence, out: silence}
	l.changed = sync.NewCond(&l.mu)
	return l
}

// silence is a level in dBFS below which nothing is heard.
const silence = -96

// Formats returns the line's format twice.
func (*Line) Formats() (in, out audio.Format) { return Format, Format }

// Receive waits for sound of the microphone.
func (l *Line) Receive(ctx context.Context) (voice.Input, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.wait(ctx, func() bool { return len(l.heard) > 0 || l.ended })
	if err != nil {
		return voice.Input{}, err
	}
	if len(l.heard) == 0 {
		return voice.Input{}, io.EOF
	}
	l.received, l.heard = l.heard, l.received[:0]
	return voice.Input{Audio: l.received}, nil
}

// Play queues sound for the loudspeaker. It blocks while 2 s wait.
func (l *Line) Play(ctx context.Context, sound []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.wait(ctx, func() bool { return len(l.queue) < Format.Bytes(ahead) || l.ended })
	if err != nil {
		return err
	}
	if l.ended {
		return voice.ErrLineEnded
	}
	l.queue = append(l.queue, sound...)
	return nil
}

// Room returns how many bytes Play takes without blocking.
func (l *Line) Room() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(Format.Bytes(ahead)-len(l.queue), 0)
}

// wait waits until a condition holds. l.mu is held.
func (l *Line) wait(ctx context.Context, holds func() bool) error {
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.changed.Broadcast()
	})
	defer stop()
	for !holds() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		l.changed.Wait()
	}
	return nil
}

// Clear drops the sound that the loudspeaker was not given. What it holds is heard for as
// long as its latency, less than 100 ms.
func (l *Line) Clear(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return voice.ErrLineEnded
	}
	l.queue, l.spans, l.given, l.played = nil, nil, 0, 0
	l.changed.Broadcast()
	return nil
}

// Played returns the bytes that were heard since the last Clear. It is behind by the
// latency, and by one request of the loudspeaker at most.
func (l *Line) Played() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.played
}

// HangUp ends the line.
func (l *Line) HangUp(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.changed.Broadcast()
	return nil
}

// Levels returns how loud the microphone and the loudspeaker are, in dBFS.
func (l *Line) Levels() (in, out float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.in, l.out
}

// speak fills p with what the loudspeaker is to play next, silence where there is nothing.
func (l *Line) speak(p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := copy(p, l.queue)
	clear(p[n:])
	l.queue = l.queue[n:]
	heard := l.stream - int64(l.latency)
	for len(l.spans) > 0 && l.spans[0].end <= heard {
		l.played = l.spans[0].given
		l.spans = l.spans[1:]
	}
	if n > 0 {
		l.given += n
		l.busy = l.stream + int64(n)
		l.spans = append(l.spans, span{l.busy, l.given})
	}
	l.stream += int64(len(p))
	l.out = max(silence, Format.Level(p))
	l.changed.Broadcast()
}

// hear takes what the microphone has recorded.
func (l *Line) hear(p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.in = max(silence, Format.Level(p))
	quiet := l.stream - int64(l.latency) - int64(Format.Bytes(tail))
	if l.half && (len(l.queue) > 0 || l.busy > 0 && l.busy > quiet) {
		l.in = silence
		p = make([]byte, len(p))
	}
	l.heard = append(l.heard, p...)
	if over := len(l.heard) - Format.Bytes(backlog); over > 0 {
		l.heard = l.heard[over:]
	}
	l.changed.Broadcast()
}
