package socket

import (
	"net"
	"sync/atomic"
)

// conn is a connection to a real peer until mute is called. From then on its writes are
// counted and discarded.
type conn struct {
	net.Conn

	muted  atomic.Bool
	writes atomic.Int64
	bytes  atomic.Int64
	wrote  chan struct{} // has capacity 1
}

func newConn(c net.Conn) *conn { return &conn{Conn: c, wrote: make(chan struct{}, 1)} }

// Write counts the write, and discards the data after mute.
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

// mute must be called when all data for the peer was written.
func (c *conn) mute() { c.muted.Store(true) }

// await waits for a write since its last call.
func (c *conn) await() { <-c.wrote }
