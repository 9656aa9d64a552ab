package link

import (
	"time"

	"github.com/voicelane/realtime-go/internal/monotonic"
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

// inspect pings a peer that is silent and gives up on one that stays so. It
// returns when to look again.
func (c *Conn) inspect(t Link) time.Duration {
	if c.in.isBlocked() {
		// This side does not read, so that silence proves nothing.
		c.setPinged(false)
		return c.o.PingInterval
	}
	idle := monotonic.Since(t.lastRead())
	if idle < c.o.PingInterval {
		c.setPinged(false)
		return c.o.PingInterval - idle
	}
	if !c.setPinged(true) {
		now := time.Now()
		timeout := c.o.PingTimeout
		if timeout == 0 {
			timeout = c.o.PingInterval
		}
		// A ping that cannot be written proves no more than silence does.
		_ = t.ping(now.Add(timeout / 2))
		return timeout - time.Since(now)
	}
	if c.o.PingTimeout > 0 {
		c.Fail(t, &socket.TransportError{Op: "keepalive", Err: socket.ErrPeerSilent})
	} else {
		c.setPinged(false)
	}
	return c.o.PingInterval
}

// setPinged notes whether a ping awaits its answer, and returns what was noted
// before.
func (c *Conn) setPinged(v bool) (before bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, c.pinged = c.pinged, v
	return before
}
