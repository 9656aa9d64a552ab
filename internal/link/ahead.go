//go:build !js

package link

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/voicelane/realtime-go/internal/monotonic"
)

// aheadSize is how much one system call reads: several events of audio when a stream is
// ahead of its reader.
const aheadSize = 32 << 10

// aheadBuffers lends the memory of reads. A session has some of it only while it holds
// bytes that were read and not used: a session that waits for bytes has none, and one
// whose receive queue is full has some only if it read more than it could queue.
var aheadBuffers = sync.Pool{New: func() any { return new([aheadSize]byte) }}

// watchedConn notes when bytes last arrived, below TLS and framing, so that a
// long message on a slow line counts as a sign of life. It reads ahead.
type watchedConn struct {
	net.Conn
	last   atomic.Int64 // a monotonic.Time
	budget atomic.Int64 // that is left for the handshake; zero is no bound
	closed atomic.Bool
	ahead  ahead

	attempt attempt // the writers' own
}

// watched returns a connection that is watched from now on.
func watched(conn net.Conn) *watchedConn {
	c := &watchedConn{Conn: conn}
	c.attempt.wait(true)
	c.budget.Store(handshakeBytes)
	c.ahead.init(conn)
	return c
}

// tries reports whether a write need not wait for the peer.
func (c *watchedConn) tries() bool { return c.ahead.socket() != nil }

// Write writes or takes over all of p.
func (c *watchedConn) Write(p []byte) (int, error) {
	raw := c.ahead.socket()
	if raw == nil {
		return c.Conn.Write(p)
	}
	return c.attempt.write(c.Conn, raw, p)
}

// Close also ends the use of what was read ahead.
func (c *watchedConn) Close() error {
	c.closed.Store(true)
	return c.Conn.Close()
}

// Read returns bytes that were read ahead, or reads.
func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.next(p)
	if left := c.budget.Load(); n > 0 && left != 0 {
		if left -= int64(n); left <= 0 {
			return n, errHandshakeSize
		}
		c.budget.Store(left)
	}
	return n, err
}

func (c *watchedConn) next(p []byte) (int, error) {
	if c.closed.Load() {
		return 0, net.ErrClosed
	}
	if len(c.ahead.rest) > 0 {
		return c.ahead.take(p), nil
	}
	n, err := c.ahead.fill(c.Conn, p)
	if err == nil {
		c.last.Store(int64(monotonic.Now()))
	}
	return n, err
}

// take moves bytes that were read ahead to p, and gives the memory back after the last.
func (a *ahead) take(p []byte) int {
	n := copy(p, a.rest)
	if a.rest = a.rest[n:]; len(a.rest) == 0 {
		a.free()
	}
	return n
}
