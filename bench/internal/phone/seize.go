package phone

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
)

// seizer places calls by the simulated carrier, which knows how to prove itself, and takes
// their connections from it once they have begun: the simulation costs much more than the
// lines that are measured.
type seizer struct {
	kind    *kind
	carrier *telephonytest.Carrier

	mu   sync.Mutex
	last *seized // the connection that was dialled last
}

// seized is a connection of the simulation, until it is taken.
type seized struct {
	net.Conn

	taken  atomic.Bool
	writes atomic.Int32
}

var errTaken = errors.New("the connection was taken")

func (c *seized) Write(p []byte) (int, error) {
	if c.taken.Load() {
		return 0, errTaken
	}
	defer c.writes.Add(1)
	return c.Conn.Write(p)
}

func (c *seized) Close() error {
	if c.taken.Load() {
		return nil
	}
	return c.Conn.Close()
}

func (c *seized) SetWriteDeadline(t time.Time) error {
	if c.taken.Load() {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

func newSeizer(k *kind, address string) *seizer {
	s := &seizer{kind: k}
	s.carrier = telephonytest.New(k.kind, &telephonytest.Config{URL: "http://" + address + "/calls", Secret: k.secret, Dial: func(ctx context.Context) (net.Conn, error) {
		raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.last = &seized{Conn: raw}
		return s.last, nil
	}})
	return s
}

// call places a call and returns its connection.
func (s *seizer) call(ctx context.Context) (net.Conn, error) {
	call, err := s.carrier.Call(ctx, "+15550100", "+15550199")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	c := s.last
	s.mu.Unlock()
	for c.writes.Load() < s.kind.first {
		if err := process.Pause(ctx, 100*time.Microsecond); err != nil {
			return nil, err
		}
	}
	c.taken.Store(true)
	if err := c.SetReadDeadline(time.Now()); err != nil { // The simulation stops reading.
		return nil, err
	}
	<-call.Ended()
	return c.Conn, c.SetDeadline(time.Time{})
}
