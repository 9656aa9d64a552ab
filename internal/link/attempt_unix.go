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

// attempt is the writing side of a socket. Unless wait(true) was called, write passes to the
// system what it takes at once and holds the rest; only flush blocks. This also covers what
// TLS writes while it reads.
type attempt struct {
	mu    sync.Mutex // held during a write; guards what follows
	waits bool
	rest  []byte // precedes all that is written later
}

// mostHeld is more than what is held of a message and a control frame. A peer that does not
// read could otherwise fill the memory by what it makes TLS answer.
const mostHeld = 256 << 10

var errHeld = errors.New("the peer makes TLS write and does not read")

// wait makes writes wait for the peer from now on, or not.
func (a *attempt) wait(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waits = on
}

// holds reports whether bytes wait for flush.
func (a *attempt) holds() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.rest) > 0
}

// write writes or takes over all of p. The connection is that of raw.
func (a *attempt) write(conn net.Conn, raw syscall.RawConn, p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waits {
		if err := a.drain(conn); err != nil {
			return 0, err
		}
		return conn.Write(p)
	}
	if len(a.rest) > 0 {
		n, err := writeSome(conn, raw, a.rest)
		if err != nil {
			return 0, err
		}
		a.rest = a.rest[n:]
	}
	n := 0
	if len(a.rest) > mostHeld {
		return 0, errHeld
	}
	if len(a.rest) == 0 {
		var err error
		if n, err = writeSome(conn, raw, p); err != nil {
			return n, err
		}
		a.rest = nil
	}
	a.rest = append(a.rest, p[n:]...)
	return len(p), nil
}

// flush waits until what is held is written.
func (a *attempt) flush(conn net.Conn, deadline time.Time) error {
	if err := conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.drain(conn)
}

// drain is flush under the lock.
func (a *attempt) drain(conn net.Conn) error {
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
func writeSome(conn net.Conn, raw syscall.RawConn, p []byte) (int, error) {
	s, ok := shots.Get().(*shot)
	if !ok {
		s = &shot{}
		s.do = s.write
	}
	s.p = p
	err := raw.Control(s.do)
	n, failure := s.n, s.err
	s.p, s.n, s.err = nil, 0, nil
	shots.Put(s)
	if op, ok := errors.AsType[*net.OpError](err); ok {
		op.Op = "write" // As in the errors of conn.Write.
		return 0, err
	}
	if failure != nil {
		return 0, &net.OpError{
			Op: "write", Net: conn.RemoteAddr().Network(), Source: conn.LocalAddr(), Addr: conn.RemoteAddr(),
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
