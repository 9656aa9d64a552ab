package realtime

import (
	"time"

	"github.com/voicelane/realtime-go/internal/link"
)

const (
	// How long a goodbye may take when a session moves.
	goodbye = 2 * time.Second
	// How soon a session that is due looks for quiet again.
	quietCheck = 100 * time.Millisecond
)

// schedule starts the clock of a connection. A call ends with its caller, so
// it never moves.
func (b *recovery) schedule() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.due, b.moving = false, false
	if b.o.MaxAge == 0 || b.isCall() || b.ended {
		return
	}
	if b.age != nil {
		b.age.Stop()
	}
	b.age = time.AfterFunc(b.o.MaxAge, func() {
		b.mu.Lock()
		b.due = true
		b.mu.Unlock()
		b.moveIfQuiet()
	})
}

// moveIfQuiet leaves a connection that is due, when nothing is under way.
func (b *recovery) moveIfQuiet() {
	t := b.c.conn.Current()
	b.mu.Lock()
	if t == nil || !b.due || b.moving || b.ended || !b.past.quiet() {
		b.mu.Unlock()
		return
	}
	b.moving = true
	b.mu.Unlock()
	// The send queue's lock comes before ours, so ours is not held here.
	paused := b.c.conn.Pause(t)
	b.mu.Lock()
	if !paused {
		// Something is being written, so the moment is not quiet.
		b.moving = false
		b.age.Reset(quietCheck)
		b.mu.Unlock()
		return
	}
	b.bye = time.AfterFunc(goodbye, t.Abort)
	b.mu.Unlock()
	b.c.log.Info("realtime session moves before its end")
	if err := t.WriteClose(link.CodeNormal, "moving", time.Now().Add(time.Second)); err != nil {
		t.Abort()
	}
}

// leaving reports, and settles, that the connection ended because it was left.
func (b *recovery) leaving() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bye != nil {
		b.bye.Stop()
	}
	return b.moving
}
