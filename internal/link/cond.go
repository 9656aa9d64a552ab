package link

import (
	"context"
	"sync"
)

// cond is a condition variable whose waits end with a context. It is no channel:
// an idle session wakes by memory that is out of the caches, and a sync.Cond
// touches less of it.
type cond struct {
	cond sync.Cond // its L guards all fields

	// Most receivers wait again and again with one context. From the second wait
	// on, that context is watched until forget, so that waiting takes no memory.
	watched, latest <-chan struct{}
	unwatch         func() bool
	relying         int // waiters that only the watched context wakes
}

// init sets the lock that guards the condition.
func (c *cond) init(l sync.Locker) { c.cond.L = l }

// wait returns after a signal, after the end of ctx, or spuriously. The lock is
// held on entry and return, and free during the wait.
func (c *cond) wait(ctx context.Context) {
	done := ctx.Done()
	switch {
	case done == nil:
		c.cond.Wait()
		return
	case done != c.watched && (done != c.latest || c.relying > 0):
		c.latest = done
		defer context.AfterFunc(ctx, c.wake)()
		c.cond.Wait()
		return
	case done != c.watched:
		c.forget()
		c.watched, c.unwatch = done, context.AfterFunc(ctx, c.wake)
	}
	c.relying++
	c.cond.Wait()
	c.relying--
}

// signal wakes one waiter, broadcast all of them.
func (c *cond) signal()    { c.cond.Signal() }
func (c *cond) broadcast() { c.cond.Broadcast() }

// wake is broadcast for callers that do not hold the lock.
func (c *cond) wake() {
	c.cond.L.Lock()
	defer c.cond.L.Unlock()
	c.broadcast()
}

// forget stops watching a context. Otherwise the context would keep the condition,
// and the session around it, in memory for as long as it lives.
func (c *cond) forget() {
	if c.unwatch != nil {
		c.unwatch()
	}
	c.watched, c.latest, c.unwatch = nil, nil, nil
}
