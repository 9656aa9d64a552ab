// Package line is the machinery of a call's sound, the same for all carriers: it frames and
// paces what is played, follows what was heard, restores order and fills gaps in what
// arrives, and ends in a typed way. What differs between carriers is a [Protocol].
//
// The files, from the bottom up: settings.go; fifo.go; ending.go, why a line ends; ledger.go,
// what was heard; input.go, what Receive returns; output.go, what is played; line.go.
package line

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/voice"
)

// Protocol is what differs between carriers. Receive passes a message on to the line; its
// error ends the line.
type Protocol interface {
	Encoder
	Receive(l *Line, binary bool, data []byte) error
}

// Line is the sound of one call.
type Line struct {
	s     Settings
	proto Protocol
	conn  Conn
	in    input
	out   output
	done  chan struct{} // closed when reader and writer have returned

	counts counts
	once   sync.Once
	err    atomic.Pointer[error] // why the line ended; nil: normally
}

// New returns a line over an open connection whose stream has begun. Start begins to read.
func New(conn Conn, p Protocol, s Settings) *Line {
	l := &Line{s: s, proto: p, conn: conn, done: make(chan struct{})}
	l.in.init(&l.s, &l.counts)
	l.out.init(&l.s)
	l.out.encoder, l.out.conn, l.out.fail = p, conn, l.End
	return l
}

// Start runs reader and writer until the end of the line.
func (l *Line) Start() {
	var wg sync.WaitGroup
	wg.Go(l.read)
	wg.Go(l.out.write)
	go func() {
		wg.Wait()
		close(l.done)
	}()
}

// Formats returns the formats of both directions.
func (l *Line) Formats() (in, out audio.Format) { return l.s.In, l.s.Out }

// Info returns the description of the call.
func (l *Line) Info() voice.Info { return l.s.Info }

// Ended returns a channel that is closed at the end of the line.
func (l *Line) Ended() <-chan struct{} { return l.out.ended }

// Done returns a channel that is closed when nothing of the line runs any more.
func (l *Line) Done() <-chan struct{} { return l.done }

// Err returns why the line has ended; nil after a normal end.
func (l *Line) Err() error {
	if e := l.err.Load(); e != nil {
		return *e
	}
	return nil
}

// End ends the line, normally if err is nil. The first call counts.
func (l *Line) End(err error) {
	l.once.Do(func() {
		code := uint16(1000)
		if err != nil {
			l.err.Store(&err)
			code = 1011
		}
		l.out.end()
		l.in.end()
		l.conn.Close(code)
	})
}

// Receive waits for the next input.
func (l *Line) Receive(ctx context.Context) (voice.Input, error) {
	in, err := l.in.receive(ctx)
	if err == io.EOF && l.Err() != nil { //nolint:errorlint // It is never wrapped.
		err = l.Err()
	}
	return in, err
}

// Play queues sound. It blocks while 2 s wait.
func (l *Line) Play(ctx context.Context, sound []byte) error { return l.out.play(ctx, sound) }

// Room returns how much sound Play takes without blocking.
func (l *Line) Room() int { return l.out.room() }

// Clear drops the sound that was not heard, here and at the carrier.
func (l *Line) Clear(ctx context.Context) error { return l.out.clear(ctx) }

// Played returns how much was heard since the last Clear.
func (l *Line) Played() int { return l.out.played() }

// Evidence returns what Played was concluded from.
func (l *Line) Evidence() voice.Evidence { return l.out.evidence() }

// HangUp ends the call.
func (l *Line) HangUp(ctx context.Context) error {
	var err error
	select {
	case <-l.out.ended:
		return nil
	default:
	}
	if l.s.Control.HangUp != nil {
		err = l.s.Control.HangUp(ctx)
	}
	l.End(nil)
	return err
}

// Press sends digits.
func (l *Line) Press(ctx context.Context, digits string) error {
	if !Digits(digits) {
		return errors.New("telephony: digits are 0 to 9, *, # and A to D")
	}
	if digits == "" {
		return nil
	}
	if l.s.Control.Press != nil {
		return l.s.Control.Press(ctx, digits)
	}
	return l.out.send(ctx, func(dst []byte) []byte { return l.proto.AppendKeys(dst, digits) })
}

// Transfer connects the caller with another party, which ends the line.
func (l *Line) Transfer(ctx context.Context, to string) error {
	if l.s.Control.Transfer == nil {
		return voice.ErrUnsupported
	}
	select {
	case <-l.out.ended:
		return voice.ErrLineEnded
	default:
	}
	return l.s.Control.Transfer(ctx, to)
}

// Media queues sound of the caller: piece number chunk, which begins at a time of the
// stream in milliseconds. Numbers that the carrier does not send are -1.
func (l *Line) Media(chunk, at int64, sound []byte) { l.in.media(chunk, at, sound) }

// Key queues a key. at is when it was pressed, zero if the carrier does not send it.
func (l *Line) Key(r rune, held time.Duration, at time.Time) {
	if 'a' <= r && r <= 'd' {
		r += 'A' - 'a'
	}
	if !Key(r) || !l.in.press(key{r, max(held, 0), at}) {
		l.Odd()
	}
}

// MarkReturned counts a mark that has come back, by its name.
func (l *Line) MarkReturned(name string) {
	if !l.out.returned(name) {
		l.Odd()
	}
}

// Counts returns the counters.
func (l *Line) Counts() Counts { return l.counts.copy() }

// Odd counts a message that was skipped: malformed, unknown or of another stream.
func (l *Line) Odd() { l.counts.odd.Add(1) }

// Refused counts a message that the carrier did not accept.
func (l *Line) Refused() { l.counts.refused.Add(1) }

// read passes on what arrives, until the end of the line.
func (l *Line) read() {
	tokens, at := float64(floodBurst), time.Now()
	for {
		binary, data, err := l.conn.Read()
		if err == nil {
			now := time.Now()
			tokens = min(tokens+now.Sub(at).Seconds()*floodRate, floodBurst) - 1
			at = now
			if tokens < 0 {
				l.End(ErrFlood)
				return
			}
			err = l.proto.Receive(l, binary, data)
		}
		if err != nil {
			l.End(readError(err))
			return
		}
	}
}

const (
	// floodRate is how many messages a second a carrier may send for long: ten times what a
	// call needs. floodBurst may come at once, after a stall of the network.
	floodRate  = 500
	floodBurst = 10_000
)
