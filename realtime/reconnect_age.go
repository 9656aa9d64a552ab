package realtime

import (
	"time"

	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/mirror"
)

const (
	// How long the close of a link that is left may take.
	farewellTime = 2 * time.Second
	// How soon a link that is due is looked at again.
	quietCheck = 100 * time.Millisecond
)

// schedule starts the clock of a link. That of a call has none: the call ends with
// its caller.
func (b *recovery) schedule() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.due, b.leaving = false, false
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
		b.leaveIfQuiet()
	})
}

// leaveIfQuiet leaves a link that is due, if nothing is under way. The reader then
// finds its end, and recover makes another.
func (b *recovery) leaveIfQuiet() {
	t := b.c.conn.Current()
	b.mu.Lock()
	if t == nil || !b.due || b.leaving || b.ended {
		b.mu.Unlock()
		return
	}
	if !b.past.Quiet() || !b.c.owed.Quiet(b.past.Audio.Load()) {
		b.age.Reset(mirror.Patience) // What is missing may never come.
		b.mu.Unlock()
		return
	}
	b.leaving = true
	b.mu.Unlock()
	// Outbox.mu comes before the lock, which is not held here.
	paused := b.c.conn.Pause(t)
	b.mu.Lock()
	if !paused {
		// Something is being written, so that the moment is not quiet.
		b.leaving = false
		b.age.Reset(quietCheck)
		b.mu.Unlock()
		return
	}
	b.farewell = time.AfterFunc(farewellTime, t.Abort)
	b.mu.Unlock()
	b.c.log.Info("realtime session moves before its end")
	if err := t.WriteClose(link.CodeNormal, "moving", time.Now().Add(time.Second)); err != nil {
		t.Abort()
	}
}

// hasLeft reports whether the link ended because it was left, and stops the timer
// for that.
func (b *recovery) hasLeft() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.farewell != nil {
		b.farewell.Stop()
	}
	return b.leaving
}
