package realtime

import (
	"context"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// frame is an encoded event on its way out.
type frame struct {
	buf  *[]byte // the event, behind frameHead bytes of room
	kind string
	call string // the function call that the event is an output of, if any
	seq  uint64
	// audio is how many bytes of input audio the event carries.
	audio int
}

func (f *frame) size() int { return len(*f.buf) - frameHead }

// outbox holds what was accepted and is not written yet. Its writer goroutine
// exists while there is something to write, and shortly after.
type outbox struct {
	o       *Options
	wrote   func(frame) // nil when nobody counts
	writers *sync.WaitGroup
	failed  func(transport, error)

	mu        sync.Mutex
	frames    fifo[frame]
	bytes     int
	seq       uint64 // of the last frame that was accepted
	left      uint64 // of the last frame that was taken to be written
	uncertain int
	t         transport // nil while there is no connection to write to
	sealed    error
	room      chan struct{} // closed when room appeared; nil while nobody waits
	empty     chan struct{} // closed when nothing is left; nil while nobody waits
	idle      chan struct{} // closed when nothing is being written; nil while nobody waits
	writer    func()        // runs write; made once, since a send must not allocate
	writing   bool
	lingers   bool        // the writer waits for more
	used      bool        // it did not since the last look
	more      chan bool   // false ends the wait, and the writer
	look      *time.Timer // looks whether the writer is of any use
}

// linger is how long a writer waits for more, at least; twice that at most. While
// audio is sent piece by piece, that spares a goroutine for each piece, and the growth
// of its stack above all.
const linger = 2 * time.Second

// put accepts a frame. The hook runs under the lock, so that what it notes is
// in wire order; it must be fast.
func (b *outbox) put(ctx context.Context, f frame, hook func(seq uint64)) error {
	size := f.size()
	for {
		b.mu.Lock()
		if b.sealed != nil {
			err := b.sealed
			b.mu.Unlock()
			return err
		}
		if b.o.SendQueueBytes == 0 || b.bytes == 0 || b.bytes+size <= b.o.SendQueueBytes {
			b.seq++
			f.seq = b.seq
			b.frames.push(f)
			b.bytes += size
			if hook != nil {
				hook(f.seq)
			}
			b.start()
			b.mu.Unlock()
			return nil
		}
		if b.o.SendPolicy == SendFail {
			b.mu.Unlock()
			return ErrSendQueueFull
		}
		if b.room == nil {
			b.room = make(chan struct{})
		}
		room := b.room
		b.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return ctxerr.Of(ctx)
		}
	}
}

// start makes a writer if one is needed. The lock is held.
func (b *outbox) start() {
	if b.writing || b.t == nil || b.frames.len() == 0 {
		return
	}
	b.writing = true
	if b.lingers {
		b.release(true)
		return
	}
	if b.writer == nil {
		b.writer, b.more = b.write, make(chan bool, 1)
		b.look = time.AfterFunc(linger, b.expire)
	} else {
		b.look.Reset(linger)
	}
	b.writers.Add(1)
	go b.writer()
}

// release lets a writer that lingers go on, or end. The lock is held.
func (b *outbox) release(goOn bool) {
	b.lingers, b.used = false, true
	b.more <- goOn // It waits, so there is room.
}

// write is the writer's life.
func (b *outbox) write() {
	defer b.writers.Done()
	for b.drain() && <-b.more {
	}
}

// expire ends a writer that had nothing to do since the last look, and otherwise
// looks again later.
func (b *outbox) expire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.lingers && !b.used:
		b.release(false)
	case b.lingers || b.writing:
		b.used = false
		b.look.Reset(linger)
	}
}

// drain writes until there is nothing to write, or nothing to write to, and reports
// whether more may come.
func (b *outbox) drain() (lingers bool) {
	for {
		b.mu.Lock()
		t := b.t
		if t == nil || b.frames.len() == 0 {
			b.writing = false
			wake(&b.idle)
			if b.frames.len() == 0 {
				wake(&b.empty)
			}
			b.lingers = b.sealed == nil
			lingers = b.lingers
			b.mu.Unlock()
			return lingers
		}
		f := b.frames.pop()
		b.uncertain, b.left = 1, f.seq
		b.mu.Unlock()

		size := f.size()
		err := t.write(*f.buf, b.deadline())
		putBuffer(f.buf)
		if err == nil && b.o.Hooks.Sent != nil {
			b.o.Hooks.Sent(f.kind, size)
		}
		if err == nil && b.wrote != nil {
			b.wrote(f)
		}

		b.mu.Lock()
		b.bytes -= size
		wake(&b.room)
		if err != nil {
			// The frame may have left in part or whole; it is not repeated.
			b.writing = false
			wake(&b.idle)
			if b.t == t {
				b.t = nil // And what failed is lost, or detach will tell of it.
			} else if b.frames.len() == 0 {
				wake(&b.empty)
			}
			// Another connection may have come meanwhile.
			b.start()
			b.mu.Unlock()
			b.failed(t, err)
			return false
		}
		b.uncertain = 0
		b.mu.Unlock()
	}
}

func (b *outbox) deadline() time.Time {
	if b.o.WriteTimeout == 0 {
		return time.Time{}
	}
	return time.Now().Add(b.o.WriteTimeout)
}

// attach lets frames flow to t.
func (b *outbox) attach(t transport) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t, b.uncertain = t, 0
	b.start()
}

// detach stops the flow. It reports how many events may or may not have
// arrived, and the place of the last one that has left. What waits stays.
func (b *outbox) detach() (uncertain int, left uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t = nil
	uncertain, b.uncertain = b.uncertain, 0
	if b.frames.len() == 0 && !b.writing {
		wake(&b.empty)
	}
	return uncertain, b.left
}

// remove takes out the waiting outputs of function calls that keep refuses,
// and returns the calls' ids.
func (b *outbox) remove(keep func(call string) bool) (removed []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range b.frames.len() {
		f := b.frames.pop()
		if f.call == "" || keep(f.call) {
			b.frames.push(f)
			continue
		}
		removed = append(removed, f.call)
		b.bytes -= f.size()
		putBuffer(f.buf)
	}
	wake(&b.room)
	return removed
}

// seal refuses what comes from now on, and keeps what was accepted.
func (b *outbox) seal(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sealed == nil {
		b.sealed = err
	}
	if b.lingers {
		b.release(false)
	}
	if b.look != nil {
		b.look.Stop()
	}
	wake(&b.room)
}

// drained returns a channel that is closed once all is written, or has a place in
// the report of a reconnection. What the end of the session loses does not close it.
func (b *outbox) drained() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.empty == nil {
		b.empty = make(chan struct{})
	}
	c := b.empty
	if b.frames.len() == 0 && !b.writing && b.uncertain == 0 {
		wake(&b.empty)
	}
	return c
}

// abandon seals and empties the box, and reports what was lost with it. The
// connection has ended, so a write under way ends at once; only then is it known
// whether it went out.
func (b *outbox) abandon(err error) *UnsentError {
	b.seal(err)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t = nil
	for b.writing {
		if b.idle == nil {
			b.idle = make(chan struct{})
		}
		idle := b.idle
		b.mu.Unlock()
		<-idle
		b.mu.Lock()
	}
	lost := UnsentError{Events: b.frames.len(), Uncertain: b.uncertain}
	for b.frames.len() > 0 {
		f := b.frames.pop()
		lost.Bytes += f.size()
		putBuffer(f.buf)
	}
	if lost == (UnsentError{}) {
		return nil
	}
	return &lost
}

func (b *outbox) stats() (events, bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.frames.len(), b.bytes
}

// wake closes and forgets a channel that somebody may wait on.
func wake(c *chan struct{}) {
	if *c != nil {
		close(*c)
		*c = nil
	}
}

// pause stops the flow to t when nothing is on its way. What comes then waits.
func (b *outbox) pause(t transport) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.t != t || b.writing || b.frames.len() > 0 {
		return false
	}
	b.t = nil
	return true
}
