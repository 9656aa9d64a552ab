package voice

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

const (
	// frameTime is the length of sound that lines of this package return at a time.
	frameTime = 20 * time.Millisecond
	// lineBuffer is the length of sound that lines of this package keep at least.
	lineBuffer = 2 * time.Second
)

// PipeLine is one end of a pipe. It is a [Line], a [Player], [Buffered], a [Hanger] and a
// [Keypad].
type PipeLine struct {
	format  audio.Format
	in, out *flow
	frame   []byte // what Receive returned
}

// Pipe returns the two ends of a line in memory: what one end plays, the other end
// receives, up to 20 ms at a time, as fast as it calls Receive. Sound counts as heard
// once the other end has received it, so that the callback of a sound device can pull
// from a pipe. Play blocks while 2 s of sound wait.
func Pipe(f audio.Format) (a, b *PipeLine) {
	there, back := newFlow(f), newFlow(f)
	return &PipeLine{format: f, in: back, out: there}, &PipeLine{format: f, in: there, out: back}
}

// Formats returns the format of the pipe twice.
func (l *PipeLine) Formats() (in, out audio.Format) { return l.format, l.format }

// Receive waits for sound or a key of the other end. Keys come before sound that waits.
func (l *PipeLine) Receive(ctx context.Context) (Input, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Input{}, ctxerr.Of(ctx)
		}
		in, ended := l.in.take(&l.frame)
		switch {
		case in.Key != 0 || len(in.Audio) > 0:
			return in, nil
		case ended:
			return Input{}, io.EOF
		}
		select {
		case <-l.in.ready:
		case <-ctx.Done():
		}
	}
}

// Play queues sound for the other end. It blocks while 2 s of sound wait.
func (l *PipeLine) Play(ctx context.Context, sound []byte) error {
	if !l.format.Valid() {
		return errInvalidFormat
	}
	clears := l.out.clears()
	for {
		if err := ctx.Err(); err != nil {
			return ctxerr.Of(ctx)
		}
		n, ended := l.out.put(sound, clears)
		sound = sound[n:]
		switch {
		case ended:
			return ErrLineEnded
		case len(sound) == 0:
			return nil
		}
		select {
		case <-l.out.room:
		case <-ctx.Done():
		}
	}
}

// Room returns how many bytes Play takes without blocking.
func (l *PipeLine) Room() int {
	l.out.mu.Lock()
	defer l.out.mu.Unlock()
	return l.out.space()
}

// Clear drops the sound that the other end has not received.
func (l *PipeLine) Clear(context.Context) error { return l.out.drop(false) }

// Played returns the number of bytes that the other end has received since the last
// Clear.
func (l *PipeLine) Played() int {
	l.out.mu.Lock()
	defer l.out.mu.Unlock()
	return l.out.taken
}

// Press sends digits, which the other end receives as keys.
func (l *PipeLine) Press(_ context.Context, digits string) error {
	l.out.mu.Lock()
	defer l.out.mu.Unlock()
	if l.out.ended {
		return ErrLineEnded
	}
	l.out.keys = append(l.out.keys, []rune(digits)...)
	signal(l.out.ready)
	return nil
}

// HangUp ends both ends. What this end has queued is lost.
func (l *PipeLine) HangUp(context.Context) error {
	_ = l.out.drop(true) // The second time it has ended already.
	l.in.end()
	return nil
}

// flow is one direction of a pipe.
type flow struct {
	format audio.Format
	ready  chan struct{} // has a token after something was queued
	room   chan struct{} // has a token after sound was taken

	mu      sync.Mutex // guards what follows
	sound   fifo
	keys    []rune
	taken   int // bytes since the last clear
	cleared int
	ended   bool
}

func newFlow(f audio.Format) *flow {
	return &flow{format: f, ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// signal puts a token into a channel with room for one.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// take removes a key, or else a frame, which it copies to *frame.
func (f *flow) take(frame *[]byte) (in Input, ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.keys) > 0 {
		in.Key = f.keys[0]
		f.keys = f.keys[1:]
		return in, false
	}
	*frame = append((*frame)[:0], f.sound.pop(f.format.Bytes(frameTime))...)
	f.taken += len(*frame)
	if len(*frame) > 0 {
		signal(f.room)
	}
	return Input{Audio: *frame}, f.ended
}

func (f *flow) clears() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cleared
}

// space returns how many bytes have room. The lock is held.
func (f *flow) space() int { return max(f.format.Bytes(lineBuffer)-f.sound.len(), 0) }

// put queues what has room, and returns how much that is. It drops all of p if the
// flow was cleared since.
func (f *flow) put(p []byte, since int) (n int, ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cleared != since {
		return len(p), false
	}
	if f.ended {
		return 0, true
	}
	n = min(len(p), f.space())
	f.sound.push(p[:n])
	if n > 0 {
		signal(f.ready)
	}
	return n, false
}

// drop drops the sound that waits.
func (f *flow) drop(end bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return ErrLineEnded
	}
	f.sound.clear()
	if !end {
		f.taken = 0
	}
	f.cleared++
	f.ended = end
	signal(f.ready)
	signal(f.room)
	return nil
}

// end lets the receiver take what waits, and then ends.
func (f *flow) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	signal(f.ready)
	signal(f.room)
}
