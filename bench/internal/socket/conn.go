package socket

import (
	"net"
	"sync/atomic"
)

// conn is a connection that turns into one whose peer takes everything at once:
// after mute its writes are counted and dropped.
type conn struct {
	net.Conn

	muted  atomic.Bool
	writes atomic.Int64
	bytes  atomic.Int64
	wrote  chan struct{} // has room for one
}

func newConn(c net.Conn) *conn { return &conn{Conn: c, wrote: make(chan struct{}, 1)} }

// Write counts.
func (c *conn) Write(p []byte) (int, error) {
	if !c.muted.Load() {
		return c.Conn.Write(p)
	}
	c.writes.Add(1)
	c.bytes.Add(int64(len(p)))
	select {
	case c.wrote <- struct{}{}:
	default:
	}
	return len(p), nil
}

// mute is called when the peer has nothing more to hear.
func (c *conn) mute() { c.muted.Store(true) }

// await returns when there was a write since it was last called.
func (c *conn) await() { <-c.wrote }
