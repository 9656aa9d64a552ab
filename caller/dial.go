package caller

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
)

// errRefused is what a dial returns that a scenario refuses.
var errRefused = errors.New("caller: the scenario refuses this connection")

// dialFunc makes a connection, as realtime.Config.DialContext.
type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// switchboard makes the connections of a program, cuts them and refuses them. Its methods
// may be called from any goroutine.
type switchboard struct {
	dial dialFunc // set once

	mu     sync.Mutex // guards what follows
	open   []net.Conn
	refuse int
}

// DialContext makes a connection, unless the next ones are to be refused.
func (s *switchboard) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	s.mu.Lock()
	refused := s.refuse > 0
	if refused {
		s.refuse--
	}
	s.mu.Unlock()
	if refused {
		return nil, errRefused
	}
	c, err := s.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	held := &heldConn{Conn: c, board: s}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, held)
	return held, nil
}

// refuseNext lets that many dials fail.
func (s *switchboard) refuseNext(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = n
}

// cut closes all connections.
func (s *switchboard) cut() {
	s.mu.Lock()
	open := s.open
	s.open = nil
	s.mu.Unlock()
	for _, c := range open {
		_ = c.Close() // It is to be broken.
	}
}

// heldConn leaves the switchboard when it is closed.
type heldConn struct {
	net.Conn

	board *switchboard
}

func (c *heldConn) Close() error {
	c.board.mu.Lock()
	c.board.open = slices.DeleteFunc(c.board.open, func(other net.Conn) bool { return other == c })
	c.board.mu.Unlock()
	return c.Conn.Close()
}
