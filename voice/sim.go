package voice

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// ClearBehaviour is what a clear does to marks that have not come back.
type ClearBehaviour int

// What carriers do.
const (
	ClearReturnsMarks ClearBehaviour = iota // all come back at once: Twilio, Telnyx, SignalWire
	ClearDropsMarks                         // none comes back: Plivo, Asterisk
	ClearIgnoresMarks                       // each comes back when its sound would have been played
)

// SimLine is a simulated telephone line whose caller is the program, for tests. It plays
// at the speed of the clock, has no limit of its buffer, and sends the caller's sound in
// frames of 20 ms, silence included, from the first call of Receive on. Inside of a
// bubble of testing/synctest it keeps the bubble's time; the server is then a
// realtimetest.New with its DialContext in the client's configuration.
//
// It is a [Line], a [Marker], a [Hanger] and an [Informer]. Set the fields before the
// line is used. All methods may be called from any goroutine, but for Receive and Play
// as [Line] has it.
type SimLine struct {
	MarkDelay time.Duration  // from the end of a mark's sound to its return
	OnClear   ClearBehaviour // what happens to marks that wait
	Call      Info           // what Info returns

	in, out audio.Format
	changed chan struct{} // has a token after something that Receive waits for
	played  chan struct{} // the same for Hear
	ended   chan struct{}
	frame   []byte // what Receive returned
	timer   *time.Timer

	mu     sync.Mutex // guards what follows
	began  time.Time  // when the first frame of the caller began; zero before Receive
	frames int        // that are due since then and were received or dropped
	speech []*simSpeech
	keys   []rune
	ear    simEar
	over   bool
}

// simSpeech is sound of the caller, and who waits until it was sent.
type simSpeech struct {
	rest []byte
	sent chan struct{}
}

// NewSimLine returns a line that yields sound in the format in and takes sound in the
// format out.
func NewSimLine(in, out audio.Format) *SimLine {
	return &SimLine{
		in: in, out: out, changed: make(chan struct{}, 1), played: make(chan struct{}, 1), ended: make(chan struct{}),
		ear: simEar{format: out},
	}
}

// Formats returns the formats of NewSimLine.
func (l *SimLine) Formats() (in, out audio.Format) { return l.in, l.out }

// Info returns the field Call.
func (l *SimLine) Info() Info { return l.Call }

// Receive waits for the caller's next frame, mark or key. Frames that are not received
// wait, those of 2 s at most.
func (l *SimLine) Receive(ctx context.Context) (Input, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Input{}, ctxerr.Of(ctx)
		}
		in, wait, ok := l.next(time.Now())
		switch {
		case ok:
			return in, nil
		case wait < 0:
			return Input{}, io.EOF
		}
		if l.timer == nil {
			l.timer = time.NewTimer(wait)
		} else {
			l.timer.Reset(wait)
		}
		select {
		case <-l.timer.C:
		case <-l.changed:
		case <-ctx.Done():
		}
	}
}

// next returns what is due, or how long it takes until something is. The wait is
// negative after the end of the line.
func (l *SimLine) next(now time.Time) (in Input, wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.in.Valid() || !l.out.Valid() {
		return Input{}, -1, false
	}
	if l.began.IsZero() {
		l.began = now
	}
	if len(l.keys) > 0 {
		in.Key = l.keys[0]
		l.keys = l.keys[1:]
		return in, 0, true
	}
	m, due, waits := l.ear.returning()
	if waits && (!due.After(now) || l.over) {
		l.ear.returned()
		return Input{Mark: m}, 0, true
	}
	if l.over {
		return Input{}, -1, false
	}
	// Frame n is complete n+1 frame times after the beginning.
	const most = int(lineBuffer / frameTime)
	complete := int(now.Sub(l.began) / frameTime)
	for ; complete-l.frames > most; l.frames++ {
		l.speak()
	}
	if l.frames < complete {
		l.frames++
		l.speak()
		return Input{Audio: l.frame}, 0, true
	}
	wait = l.began.Add(time.Duration(l.frames+1) * frameTime).Sub(now)
	if waits {
		wait = min(wait, due.Sub(now))
	}
	return Input{}, max(wait, 0), false
}

// speak makes the caller's next frame: speech, and silence around it.
func (l *SimLine) speak() {
	size := l.in.Bytes(frameTime)
	l.frame = l.frame[:0]
	for len(l.speech) > 0 && len(l.frame) < size {
		s := l.speech[0]
		n := min(size-len(l.frame), len(s.rest))
		l.frame = append(l.frame, s.rest[:n]...)
		s.rest = s.rest[n:]
		if len(s.rest) == 0 {
			close(s.sent)
			l.speech = l.speech[1:]
		}
	}
	l.frame = l.in.AppendSilence(l.frame, l.in.Duration(size-len(l.frame)))
}

// Speak lets the caller say a sound in the line's input format, and returns when it was
// sent, which takes as long as the sound. Sounds of several calls follow each other. The
// end of ctx ends the sound.
func (l *SimLine) Speak(ctx context.Context, sound []byte) error {
	s := &simSpeech{rest: sound[:len(sound)-len(sound)%max(l.in.SampleSize(), 1)], sent: make(chan struct{})}
	l.mu.Lock()
	if l.over {
		l.mu.Unlock()
		return ErrLineEnded
	}
	l.speech = append(l.speech, s)
	l.mu.Unlock()
	select {
	case <-s.sent:
		return nil
	case <-l.ended:
		return ErrLineEnded
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		l.speech = slices.DeleteFunc(l.speech, func(x *simSpeech) bool { return x == s })
		return ctxerr.Of(ctx)
	}
}

// Press lets the caller press keys, one after another.
func (l *SimLine) Press(keys string) {
	l.mu.Lock()
	l.keys = append(l.keys, []rune(keys)...)
	l.mu.Unlock()
	signal(l.changed)
}

// Leave lets the caller hang up.
func (l *SimLine) Leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.over = true
	l.ear.clear(time.Now(), ClearDropsMarks)
	close(l.ended)
	signal(l.changed)
}

// HangUp ends the line from this side.
func (l *SimLine) HangUp(context.Context) error {
	l.Leave()
	return nil
}

// Ended returns a channel that is closed when either side has hung up.
func (l *SimLine) Ended() <-chan struct{} { return l.ended }

// Heard returns all sound that the caller has heard so far, without the silence between
// sounds, in the line's output format.
func (l *SimLine) Heard() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ear.sound(time.Now())
}

// Play queues sound behind what the caller has not heard yet.
func (l *SimLine) Play(ctx context.Context, sound []byte) error {
	return l.at(ctx, func(now time.Time) { l.ear.play(now, sound) })
}

// Mark queues a mark, which comes back MarkDelay after the sound before it was heard.
func (l *SimLine) Mark(ctx context.Context, m Mark) error {
	return l.at(ctx, func(now time.Time) { l.ear.mark(now, m, l.MarkDelay) })
}

// Clear drops the sound that the caller has not heard.
func (l *SimLine) Clear(ctx context.Context) error {
	return l.at(ctx, func(now time.Time) { l.ear.clear(now, l.OnClear) })
}

// at changes the caller's ear.
func (l *SimLine) at(ctx context.Context, change func(now time.Time)) error {
	if err := ctx.Err(); err != nil {
		return ctxerr.Of(ctx)
	}
	if !l.out.Valid() {
		return errInvalidFormat
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return ErrLineEnded
	}
	change(time.Now())
	signal(l.changed)
	signal(l.played)
	return nil
}
