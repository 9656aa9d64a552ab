//go:build unix

package link

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// attempt is the writing side of a socket. Unless it waits for the peer, a write passes to
// the system what that takes at once, and keeps the rest, so that no write waits but in
// flush. So that is also true of what TLS writes by itself, while it reads.
type attempt struct {
	mu    sync.Mutex // held during a write; guards what follows
	waits bool
	rest  []byte // precedes all that is written later
}

// tries reports whether there are writes that do not wait.
func (c *watchedConn) tries() bool { return c.ahead.raw != nil }

// wait makes writes wait for the peer from now on, or not.
func (c *watchedConn) wait(on bool) {
	c.attempt.mu.Lock()
	defer c.attempt.mu.Unlock()
	c.attempt.waits = on
}

// holds reports whether bytes wait for flush.
func (c *watchedConn) holds() bool {
	c.attempt.mu.Lock()
	defer c.attempt.mu.Unlock()
	return len(c.attempt.rest) > 0
}

// Write writes or takes over all of p.
func (c *watchedConn) Write(p []byte) (int, error) {
	if !c.tries() {
		return c.Conn.Write(p)
	}
	a := &c.attempt
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waits {
		if err := a.flush(c.Conn); err != nil {
			return 0, err
		}
		return c.Conn.Write(p)
	}
	if len(a.rest) > 0 {
		n, err := c.writeSome(a.rest)
		if err != nil {
			return 0, err
		}
		a.rest = a.rest[n:]
	}
	n := 0
	if len(a.rest) == 0 {
		var err error
		if n, err = c.writeSome(p); err != nil {
			return n, err
		}
		a.rest = nil
	}
	a.rest = append(a.rest, p[n:]...)
	return len(p), nil
}

// flush waits until what is held is written.
func (c *watchedConn) flush(deadline time.Time) error {
	if err := c.SetWriteDeadline(deadline); err != nil {
		return err
	}
	c.attempt.mu.Lock()
	defer c.attempt.mu.Unlock()
	return c.attempt.flush(c.Conn)
}

func (a *attempt) flush(conn net.Conn) error {
	if len(a.rest) == 0 {
		return nil
	}
	n, err := conn.Write(a.rest)
	if a.rest = a.rest[n:]; len(a.rest) == 0 {
		a.rest = nil
	}
	return err
}

// writeSome writes what the system takes at once.
func (c *watchedConn) writeSome(p []byte) (int, error) {
	s, ok := shots.Get().(*shot)
	if !ok {
		s = &shot{}
		s.do = s.write
	}
	s.p = p
	err := c.ahead.raw.Control(s.do)
	n, failure := s.n, s.err
	s.p, s.n, s.err = nil, 0, nil
	shots.Put(s)
	if op, ok := errors.AsType[*net.OpError](err); ok {
		op.Op = "write" // As in the errors of c.Conn.Write.
		return 0, err
	}
	if failure != nil {
		return 0, &net.OpError{
			Op: "write", Net: c.RemoteAddr().Network(), Source: c.LocalAddr(), Addr: c.RemoteAddr(),
			Err: os.NewSyscallError("write", failure),
		}
	}
	return n, err
}

// shot is one system call that writes. It is used again, since a write must not allocate.
type shot struct {
	p   []byte
	n   int
	err error
	do  func(fd uintptr) // write
}

var shots sync.Pool

func (s *shot) write(fd uintptr) {
	for {
		n, err := syscall.Write(int(fd), s.p)
		switch {
		case err == nil:
			s.n = n
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
		default:
			s.err = err
		}
		return
	}
}
