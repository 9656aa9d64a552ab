package link

import (
	"context"

	"github.com/voicelane/realtime-go/socket"
)

// What an owner needs to redial, on the reader's goroutine.

// Cancelable notes what ends a redial when Close begins. It reports false when
// Close has begun already.
func (c *Conn) Cancelable(cancel context.CancelFunc) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel = cancel
	return c.local == nil
}

// Resume makes l the current link and lets waiting frames flow to it. It reports false
// when Close has begun: l is not used then, and the caller aborts it.
func (c *Conn) Resume(l Link) bool {
	if !c.use(l) {
		return false
	}
	c.Out.attach(l)
	return true
}

// Side returns an outbox beside Out that writes to l before Resume, without a bound. A
// peer may answer before it reads more, so that one goroutine must not both write and
// read.
func (c *Conn) Side(l Link) *Outbox {
	o := *c.o
	o.SendQueueBytes = 0
	b := &Outbox{o: &o, names: c.owner, writers: &c.wg}
	if c.Out.watch != nil {
		b.watch = writesOnly{c.Out.watch}
	}
	b.failed = func(l Link, _ error) {
		l.Abort()
		b.Detach() // Reading finds out what became of it.
	}
	b.attach(l)
	return b
}

// writesOnly observes a side outbox. Its frames are copies of what Out has accepted and
// the peer has had, so that one that is not written changes no fate.
type writesOnly struct{ Watcher }

func (w writesOnly) Sent(f Frame, size int, fate socket.Fate) {
	if fate != socket.Unsent {
		w.Watcher.Sent(f, size, fate)
	}
}

// Pause stops the flow to l if nothing is on its way to it, and reports whether it
// did. Later frames wait for Resume.
func (c *Conn) Pause(l Link) bool { return c.Out.pause(l) }
