package line

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/audio"
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

// Encoder appends whole messages of a carrier's transport.
type Encoder interface {
	AppendAudio(dst, frame []byte) []byte
	AppendMark(dst []byte, name string) []byte
	AppendClear(dst []byte) []byte
	// AppendKeys returns dst if the carrier takes no digits on this connection.
	AppendKeys(dst []byte, digits string) []byte
}

// Control holds the actions that a carrier offers apart from the media connection, by its
// REST API. Funcs are nil where it offers none.
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

// counts are the counters of a line. Times are in nanoseconds.
type counts struct {
	lost, filled, dropped        atomic.Int64
	odd, late, reordered, stalls atomic.Int64
	refused                      atomic.Int64
}

// Counts is a copy of the counters.
type Counts struct {
	Lost, Filled, Dropped        time.Duration
	Odd, Late, Reordered, Stalls int
	Refused                      int
}

// copy returns the counters.
func (c *counts) copy() Counts {
	return Counts{
		Lost: time.Duration(c.lost.Load()), Filled: time.Duration(c.filled.Load()), Dropped: time.Duration(c.dropped.Load()),
		Odd: int(c.odd.Load()), Late: int(c.late.Load()), Reordered: int(c.reordered.Load()), Stalls: int(c.stalls.Load()),
		Refused: int(c.refused.Load()),
	}
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

// signal puts a token into a channel with room for one.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
