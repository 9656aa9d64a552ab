// Package pipe makes connections in memory for tests on the clock of testing/synctest.
package pipe

import "net"

// New returns the two ends of a [net.Pipe] whose writers wait for each other on a
// channel. net.Pipe has a mutex there, and the clock of a bubble stands still while a
// goroutine waits for a mutex: a close frame that a reader writes beside a stalled
// message would stop the test, instead of failing with the deadline of both.
func New() (net.Conn, net.Conn) {
	a, b := net.Pipe()
	return newConn(a), newConn(b)
}

// conn is one end. Its methods may be called from any goroutine.
type conn struct {
	net.Conn
	writing chan struct{} // Of one slot, full while a writer writes.
}

func newConn(c net.Conn) *conn { return &conn{Conn: c, writing: make(chan struct{}, 1)} }

// Write waits for the other writers. A deadline and Close end the writes of all.
func (c *conn) Write(p []byte) (int, error) {
	c.writing <- struct{}{}
	defer func() { <-c.writing }()
	return c.Conn.Write(p)
}
