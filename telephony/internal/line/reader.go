package line

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/voicelane/realtime-go/telephony/internal/wsock"
)

// Reasons of an end that is not in good order.
var (
	ErrStalled  = errors.New("telephony: nothing came from the carrier for too long")
	ErrFlood    = errors.New("telephony: the carrier sends more than a call can have")
	ErrTooLarge = errors.New("telephony: a message of the carrier is too large")
	ErrSlow     = errors.New("telephony: the carrier does not read what it is sent")
	ErrProtocol = errors.New("telephony: the carrier broke the protocol")
)

const (
	// floodRate is how many messages a second a carrier may send for long: ten times what a
	// call needs. floodBurst may come at once, after a stall of the network.
	floodRate  = 500
	floodBurst = 10_000
)

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

// Counts returns the counters.
func (l *Line) Counts() Counts {
	c := &l.counts
	return Counts{
		Lost: time.Duration(c.lost.Load()), Filled: time.Duration(c.filled.Load()), Dropped: time.Duration(c.dropped.Load()),
		Odd: int(c.odd.Load()), Late: int(c.late.Load()), Reordered: int(c.reordered.Load()), Stalls: int(c.stalls.Load()),
		Refused: int(c.refused.Load()),
	}
}

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

// readError returns why a read has ended the line; nil if that was in good order. A stream
// that ends without notice has ended all the same.
func readError(err error) error {
	switch {
	case errors.Is(err, io.EOF), gone(err):
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrStalled
	case errors.Is(err, wsock.ErrTooLarge):
		return ErrTooLarge
	case errors.Is(err, wsock.ErrProtocol):
		return ErrProtocol
	case errors.Is(err, wsock.ErrSlow):
		return ErrSlow
	default:
		return fmt.Errorf("telephony: the connection to the carrier is broken: %w", err)
	}
}

func writeError(err error) error {
	if errors.Is(err, wsock.ErrSlow) {
		return ErrSlow
	}
	return readError(err)
}

// gone reports whether the peer has closed or reset the connection.
func gone(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
