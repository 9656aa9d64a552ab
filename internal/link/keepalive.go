package link

import (
	"time"

	"github.com/voicelane/realtime-go/socket"
)

// watch runs on the keepalive timer.
func (c *Conn) watch() {
	c.mu.Lock()
	if c.finished {
		c.mu.Unlock()
		return
	}
	c.wg.Add(1)
	t := c.t
	c.mu.Unlock()
	defer c.wg.Done()

	next := c.o.PingInterval
	if t != nil {
		next = c.inspect(t)
	}
	c.mu.Lock()
	if !c.finished {
		c.keep.Reset(max(next, time.Millisecond))
	}
	c.mu.Unlock()
}

// keepalive is what the timer knows of a link. It is the timer's own.
type keepalive struct {
	of     Link      // the link that was looked at
	pinged time.Time // when a ping was due to which no byte has come; zero if there is none
	sent   bool      // whether that ping was written
}

// inspect pings a peer that is silent and gives up on one that stays so. It
// returns when to look again: in time for a ping PingInterval after any byte that may
// come, and for the end of PingTimeout.
func (c *Conn) inspect(t Link) time.Duration {
	k := &c.alive
	if k.of != t || c.in.isBlocked() {
		// While this side does not read, silence proves nothing.
		*k = keepalive{of: t}
	}
	if c.in.isBlocked() {
		return c.o.PingInterval
	}
	now, last := time.Now(), t.lastRead()
	if !last.Before(k.pinged) {
		k.pinged = time.Time{}
	}
	switch idle := now.Sub(last); {
	case k.pinged.IsZero() && idle < c.o.PingInterval:
		return c.o.PingInterval - idle
	case k.pinged.IsZero() || c.o.PingTimeout <= 0:
		k.pinged, k.sent = now, false
	case now.Sub(k.pinged) >= c.o.PingTimeout:
		c.Fail(t, &socket.TransportError{Op: "keepalive", Err: socket.ErrPeerSilent})
		return c.o.PingInterval
	}
	next := c.o.PingInterval
	if c.o.PingTimeout > 0 {
		next = min(next, c.o.PingTimeout-now.Sub(k.pinged))
	}
	if !k.sent {
		// A ping that cannot be written proves no more than silence does.
		k.sent = t.ping(now.Add(next/2)) == nil
	}
	return next - time.Since(now)
}
