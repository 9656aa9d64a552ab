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
	t, k := c.t, c.keep
	c.mu.Unlock()
	defer c.wg.Done()

	next := c.o.PingInterval
	if t != nil {
		next = c.inspect(t, k)
	}
	c.mu.Lock()
	if !c.finished {
		c.keep.timer.Reset(max(next, shortestLook))
	}
	c.mu.Unlock()
}

// keepalive is the timer of a connection, and what that knows of a link.
type keepalive struct {
	timer *time.Timer

	// The timer's own.

	of      Link           // that was looked at
	pinged  monotonic.Time // when a ping was due to which no byte has come; zero if there is none
	since   monotonic.Time // when it was written, or was due if it is not: PingTimeout counts from there
	sent    bool           // whether that ping was written
	doubted monotonic.Time // when a look at the end of PingTimeout found no byte; zero if none did
}

// mostGrace bounds the time between the last two looks before a peer is given up, the second
// of which must not be late either. A process that was suspended, or had no processor, may
// look before it has read what came meanwhile.
const mostGrace = 100 * time.Millisecond

// shortestLook is the shortest time between two looks.
const shortestLook = time.Millisecond

// inspect pings a peer that is silent and gives up on one that stays so. It
// returns when to look again: in time for a ping PingInterval after any byte that may
// come, and for the end of PingTimeout.
func (c *Conn) inspect(t Link, k *keepalive) time.Duration {
	if k.of != t || c.in.isBlocked() {
		// While this side does not read, silence proves nothing.
		k.of, k.pinged, k.doubted = t, 0, 0
	}
	if c.in.isBlocked() {
		return c.o.PingInterval
	}
	last := t.lastRead()
	now := monotonic.Now()
	if last >= k.pinged {
		k.pinged, k.doubted = 0, 0
	}
	next, grace := c.o.PingInterval, min(mostGrace, c.o.PingTimeout/4)
	left := c.o.PingTimeout - time.Duration(now-k.since)
	switch idle, doubted := time.Duration(now-last), time.Duration(now-k.doubted); {
	case k.pinged == 0 && idle < c.o.PingInterval:
		return c.o.PingInterval - idle
	case k.pinged == 0 || c.o.PingTimeout <= 0:
		k.pinged, k.since, k.sent, k.doubted = now, now, false, 0
		if c.o.PingTimeout > 0 {
			next = min(next, c.o.PingTimeout-grace)
		}
	case left > grace:
		next = min(next, left-grace)
	case k.doubted == 0 || doubted > 2*max(grace, shortestLook):
		k.doubted = now
		next = min(next, grace)
	case doubted < grace:
		next = min(next, grace-doubted)
	default:
		c.Fail(t, &socket.TransportError{Op: "keepalive", Err: socket.ErrPeerSilent})
		return c.o.PingInterval
	}
	if !k.sent {
		// A ping that cannot be written proves no more than silence does.
		if k.sent = t.ping(time.Now().Add(next/2)) == nil; k.sent && c.o.PingTimeout > 0 {
			// The write may have waited, and the process been suspended: the peer has its time from here on.
			k.since, k.doubted = monotonic.Now(), 0
			return min(c.o.PingInterval, c.o.PingTimeout-grace)
		}
	}
	return next - monotonic.Since(now)
}
