package realtime

import (
	"context"
	"sync"
)

// alarm lets any number of goroutines wait for a change, each no longer than its
// context lasts. It is a condition variable and not a channel, since a session
// that sleeps between two events wakes by the memory that it finds cold.
type alarm struct {
	cond sync.Cond

	// Most receivers come again and again with one context. From the second time
	// on it is watched for good, so that waiting costs nothing but the wait.
	watched, latest <-chan struct{}
	unwatch         func() bool
	relying         int // waiters that only the watched context wakes
}

// init sets the lock that guards the alarm and what is waited for.
func (a *alarm) init(l sync.Locker) { a.cond.L = l }

// wait returns after a change or the end of ctx, or for nothing. The lock is
// held, and free during the wait.
func (a *alarm) wait(ctx context.Context) {
	done := ctx.Done()
	switch {
	case done == nil:
		a.cond.Wait()
		return
	case done != a.watched && (done != a.latest || a.relying > 0):
		a.latest = done
		defer context.AfterFunc(ctx, a.wake)()
		a.cond.Wait()
		return
	case done != a.watched:
		a.forget()
		a.watched, a.unwatch = done, context.AfterFunc(ctx, a.wake)
	}
	a.relying++
	a.cond.Wait()
	a.relying--
}

// one wakes a waiter, all wakes every one.
func (a *alarm) one() { a.cond.Signal() }
func (a *alarm) all() { a.cond.Broadcast() }

// wake is all for those who do not hold the lock.
func (a *alarm) wake() {
	a.cond.L.Lock()
	defer a.cond.L.Unlock()
	a.all()
}

// forget ends the watch over a context, which would otherwise keep the alarm, and
// all that it belongs to, for as long as the context lives.
func (a *alarm) forget() {
	if a.unwatch != nil {
		a.unwatch()
	}
	a.watched, a.latest, a.unwatch = nil, nil, nil
}
