// Package line is the machinery of a call's sound, the same for all carriers: it frames and
// paces what is played, follows what was heard, restores order and fills gaps in what
// arrives, and ends in a typed way. What differs between carriers is a [Protocol].
//
// The files, from the bottom up: fifo.go; ledger.go, what was heard; order.go, the order of
// what arrives; input.go, what Receive returns; output.go, what is played; reader.go, what a
// carrier may send; line.go.
package line

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/voice"
)

// FrameTime is the length of the frames that Receive returns, and of most that are sent.
const FrameTime = 20 * time.Millisecond

// Conn is the connection to a carrier. Read is called by one goroutine, and Write by one at
// a time.
type Conn interface {
	Read() (binary bool, data []byte, err error)
	Write(frames []byte) error
	Close(code uint16)
}

// Protocol is what differs between carriers. Receive passes a message on to the line; its
// error ends the line. The other methods append whole messages of the transport.
type Protocol interface {
	Receive(l *Line, binary bool, data []byte) error
	AppendAudio(dst, frame []byte) []byte
	AppendMark(dst []byte, name string) []byte
	AppendClear(dst []byte) []byte
	// AppendKeys returns dst if the carrier takes no digits on this connection.
	AppendKeys(dst []byte, digits string) []byte
}

// Control is what a carrier does on another way than the media connection. Funcs are nil
// where there is none.
type Control struct {
	HangUp   func(ctx context.Context) error
	Press    func(ctx context.Context, digits string) error
	Transfer func(ctx context.Context, to string) error
}

// Settings describe a line.
type Settings struct {
	In, Out audio.Format
	Info    voice.Info
	Control Control

	Frame     time.Duration // the length of a frame that is sent
	Ahead     time.Duration // the most sound that the carrier is given beyond what it has played
	Clock     bool          // the carrier has no marks
	Delay     time.Duration // with Clock: from the write to the ear, at most
	Steady    bool          // silence is sent while there is no sound
	Reorder   bool          // pieces have numbers and may come in any order
	MarkEvery time.Duration
	Guard     time.Duration // see ledger
	Stall     time.Duration // without media for that long, silence takes its place
}

// Line is the sound of one call.
type Line struct {
	s     Settings
	proto Protocol
	conn  Conn

	kick  chan struct{} // has a token after a change that the writer waits for
	room  chan struct{} // has a token after the queue of output has shrunk
	ready chan struct{} // has a token after input was queued
	ended chan struct{}
	done  chan struct{} // closed when reader and writer have returned

	// writing holds a token while the connection is written to: what is taken from the
	// queue is written before a clear, or not at all. It is taken before mu.
	writing chan struct{}
	wbuf    []byte // guarded by writing

	mu      sync.Mutex // guards output and ledger
	output  fifo
	pushed  time.Time // when sound was last queued
	cleared int
	ledger  ledger
	over    bool

	inMu  sync.Mutex // guards the input; never held together with mu
	input input

	err    atomic.Pointer[error] // why the line ended; nil: in good order
	once   sync.Once
	counts counts
}

// New returns a line over an open connection whose stream has begun. Start begins to read.
func New(conn Conn, p Protocol, s Settings) *Line {
	l := &Line{
		s: s, proto: p, conn: conn,
		kick: make(chan struct{}, 1), room: make(chan struct{}, 1), ready: make(chan struct{}, 1),
		ended: make(chan struct{}), done: make(chan struct{}), writing: make(chan struct{}, 1),
		ledger: ledger{
			format: s.Out, every: s.Out.Bytes(s.MarkEvery), guard: s.Guard,
			clock: s.Clock, delay: s.Delay, generation: 1,
		},
	}
	l.input.init(s)
	return l
}

// Start runs reader and writer until the end of the line.
func (l *Line) Start() {
	var wg sync.WaitGroup
	wg.Go(l.read)
	wg.Go(l.write)
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
func (l *Line) Ended() <-chan struct{} { return l.ended }

// Done returns a channel that is closed when nothing of the line runs any more.
func (l *Line) Done() <-chan struct{} { return l.done }

// Err returns why the line has ended; nil if that was in good order.
func (l *Line) Err() error {
	if e := l.err.Load(); e != nil {
		return *e
	}
	return nil
}

// End ends the line, in good order if err is nil. The first call counts.
func (l *Line) End(err error) {
	l.once.Do(func() {
		if err != nil {
			l.err.Store(&err)
		}
		l.mu.Lock()
		l.over = true
		l.output.clear()
		l.mu.Unlock()
		l.inMu.Lock()
		l.input.over = true
		l.inMu.Unlock()
		close(l.ended)
		code := uint16(1000)
		if err != nil {
			code = 1011
		}
		l.conn.Close(code)
		signal(l.kick)
		signal(l.room)
		signal(l.ready)
	})
}

// HangUp ends the call.
func (l *Line) HangUp(ctx context.Context) error {
	var err error
	select {
	case <-l.ended:
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
	return l.send(ctx, func(dst []byte) []byte { return l.proto.AppendKeys(dst, digits) })
}

// Digits reports whether s holds keys of a telephone alone.
func Digits(s string) bool {
	for _, r := range s {
		if !Key(r) {
			return false
		}
	}
	return true
}

// Key reports whether r is a key of a telephone.
func Key(r rune) bool {
	return '0' <= r && r <= '9' || r == '*' || r == '#' || 'A' <= r && r <= 'D'
}

// Transfer connects the caller with another party, which ends the line.
func (l *Line) Transfer(ctx context.Context, to string) error {
	if l.s.Control.Transfer == nil {
		return voice.ErrUnsupported
	}
	select {
	case <-l.ended:
		return voice.ErrLineEnded
	default:
	}
	return l.s.Control.Transfer(ctx, to)
}

// send writes messages beside the sound.
func (l *Line) send(ctx context.Context, appendTo func([]byte) []byte) error {
	if err := l.lock(ctx); err != nil {
		return err
	}
	defer l.unlock()
	l.wbuf = appendTo(l.wbuf[:0])
	if len(l.wbuf) == 0 {
		return voice.ErrUnsupported
	}
	return l.flush()
}

// lock waits until nothing else is written.
func (l *Line) lock(ctx context.Context) error {
	select {
	case l.writing <- struct{}{}:
	case <-l.ended:
		return voice.ErrLineEnded
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	}
	select {
	case <-l.ended:
		l.unlock()
		return voice.ErrLineEnded
	default:
		return nil
	}
}

func (l *Line) unlock() { <-l.writing }

// flush writes wbuf. A failure ends the line: the reader knows more about the reason.
func (l *Line) flush() error {
	if err := l.conn.Write(l.wbuf); err != nil {
		l.End(writeError(err))
		return voice.ErrLineEnded
	}
	return nil
}

// signal puts a token into a channel with room for one.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
