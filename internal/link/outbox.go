package link

import (
	"context"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/socket"
)

// Frame is an encoded message on its way out. Kind, Key and Weight are the owner's:
// the outbox passes them on and never looks at them.
type Frame struct {
	Buf    *[]byte // from GetFrame; the outbox gives it back
	Kind   string
	Key    string // "" is none
	Weight int
	Urgent bool   // accepted however full the queue is, so that Put never waits
	Seq    uint64 // the place of the frame, from 1; Put sets it
}

// Size is the length of the message.
func (f *Frame) Size() int { return len(*f.Buf) - frameHead }

// Watcher observes an outbox.
type Watcher interface {
	// Sending runs on the writer's goroutine before a message is written, which
	// overwrites the message's bytes.
	Sending(f Frame)
	// Sent runs once for each frame, when its fate is known: on the writer's
	// goroutine, or on that which ended the session or redialed.
	Sent(f Frame, size int, fate socket.Fate)
}

// Outbox is the send queue: what was accepted and is not written yet. Its writer
// goroutine exists while there is something to write, and shortly after.
//
// Lock order: Outbox.mu comes before every lock of the owner that the hook of Put
// or the function of Remove takes. The owner calls no method of an Outbox under
// such a lock.
type Outbox struct {
	// Set before the first Put.

	o       *Options
	watch   Watcher // nil is none
	writers *sync.WaitGroup
	failed  func(Link, error) // called without the lock after a failed write

	mu        sync.Mutex // guards what follows
	frames    queue[Frame]
	bytes     int
	seq       uint64 // of the last frame that was accepted
	left      uint64 // of the last frame that was taken to be written
	kind      string // of that frame
	uncertain int    // 1 from the begin of a write until its end, or until Detach notes its failure
	t         Link   // nil while there is no connection to write to
	sealed    error
	room      chan struct{} // closed when room appeared; nil while no Put waits
	waiters   []waiter      // in the order of seq
	idle      chan struct{} // closed when the writer stops; nil while abandon does not wait
	writer    func()        // runs write; made once, since a send must not allocate
	writing   bool
	lingers   bool        // the writer waits for more
	used      bool        // it got more since the last look
	more      chan bool   // false ends the wait, and the writer
	look      *time.Timer // looks whether the writer is of any use
}

// waiter is a call of settled.
type waiter struct {
	seq  uint64
	done chan struct{}
}

// Linger is how long a writer waits for more, at least; twice that at most. While
// audio is sent piece by piece, this spares a goroutine for each piece, and above
// all the growth of its stack.
const Linger = 2 * time.Second

// Put accepts a frame. The hook, unless nil, runs under the lock, so that what it
// notes is in the order of the wire; it must be fast.
func (b *Outbox) Put(ctx context.Context, f Frame, hook func(seq uint64)) error {
	size := f.Size()
	for {
		b.mu.Lock()
		if b.sealed != nil {
			err := b.sealed
			b.mu.Unlock()
			return err
		}
		if b.o.SendQueueBytes == 0 || b.bytes == 0 || f.Urgent || b.bytes+size <= b.o.SendQueueBytes {
			b.seq++
			f.Seq = b.seq
			b.frames.push(f)
			b.bytes += size
			if hook != nil {
				hook(f.Seq)
			}
			b.start()
			b.mu.Unlock()
			return nil
		}
		if b.o.SendPolicy == socket.SendFail {
			b.mu.Unlock()
			return socket.ErrSendQueueFull
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

// start runs a writer if one is needed. The lock is held.
func (b *Outbox) start() {
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
		b.look = time.AfterFunc(Linger, b.expire)
	} else {
		b.look.Reset(Linger)
	}
	b.writers.Add(1)
	go b.writer()
}

// release makes a writer that lingers continue, or end. The lock is held.
func (b *Outbox) release(resume bool) {
	b.lingers, b.used = false, true
	b.more <- resume // The writer waits, so there is room.
}

// write is the writer's life.
func (b *Outbox) write() {
	defer b.writers.Done()
	for b.drain() && <-b.more {
	}
}

// expire ends a writer that had nothing to do since the last look. Otherwise it
// looks again later.
func (b *Outbox) expire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.lingers && !b.used:
		b.release(false)
	case b.lingers || b.writing:
		b.used = false
		b.look.Reset(Linger)
	}
}

// drain writes until there is nothing to write, or nothing to write to, and reports
// whether more may come.
func (b *Outbox) drain() (lingers bool) {
	for {
		b.mu.Lock()
		t := b.t
		if t == nil || b.frames.len() == 0 {
			b.writing = false
			wake(&b.idle)
			b.lingers = b.sealed == nil
			lingers = b.lingers
			b.mu.Unlock()
			return lingers
		}
		f := b.frames.pop()
		b.uncertain, b.left, b.kind = 1, f.Seq, f.Kind
		b.mu.Unlock()

		size, err := b.writeOne(t, f)

		b.mu.Lock()
		b.bytes -= size
		wake(&b.room)
		if err == nil {
			b.uncertain = 0
			b.settle()
			b.mu.Unlock()
			continue
		}
		// The frame may have left in part or whole; it is not repeated.
		b.writing = false
		wake(&b.idle)
		if b.t == t {
			b.t = nil // The failure stays uncertain until Detach notes it.
		}
		b.settle()
		b.start() // Another connection may have come meanwhile.
		b.mu.Unlock()
		b.failed(t, err)
		return false
	}
}

// writeOne writes a frame and gives its memory back.
func (b *Outbox) writeOne(t Link, f Frame) (size int, err error) {
	size = f.Size()
	if b.watch != nil {
		b.watch.Sending(f)
	}
	err = t.write(*f.Buf, b.deadline())
	PutFrame(f.Buf)
	if b.watch != nil {
		fate := socket.Written
		if err != nil {
			fate = socket.Uncertain
		}
		b.watch.Sent(f, size, fate)
	}
	return size, err
}

func (b *Outbox) deadline() time.Time {
	if b.o.WriteTimeout == 0 {
		return time.Time{}
	}
	return time.Now().Add(b.o.WriteTimeout)
}

// attach makes frames flow to t.
func (b *Outbox) attach(t Link) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t, b.uncertain = t, 0
	b.start()
}

// Detach stops the flow. It returns the kinds of the frames that may or may not have
// arrived, and the place of the last one that has left. What waits stays.
func (b *Outbox) Detach() (uncertain []string, left uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t = nil
	if b.uncertain > 0 {
		uncertain = []string{b.kind}
	}
	b.uncertain = 0
	b.settle()
	return uncertain, b.left
}

// pause stops the flow to t if nothing is on its way, and reports whether it did.
// Later frames wait.
func (b *Outbox) pause(t Link) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.t != t || b.writing || b.frames.len() > 0 {
		return false
	}
	b.t = nil
	return true
}

// Remove takes out the waiting frames that keep refuses, and returns them without
// their memory. It runs keep under the lock.
func (b *Outbox) Remove(keep func(f Frame) bool) (removed []Frame) {
	b.mu.Lock()
	for range b.frames.len() {
		f := b.frames.pop()
		if keep(f) {
			b.frames.push(f)
			continue
		}
		removed = append(removed, f)
		b.bytes -= f.Size()
	}
	wake(&b.room)
	b.settle()
	b.mu.Unlock()
	b.forget(removed)
	for i := range removed {
		removed[i].Buf = nil
	}
	return removed
}

// PutBack puts frames that were taken to be written before those that wait, at their
// old places: Seq is set and in order. There is no connection to write to, and the
// bound does not hold for them.
func (b *Outbox) PutBack(frames []Frame) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range frames {
		b.bytes += f.Size()
	}
	for b.frames.len() > 0 {
		frames = append(frames, b.frames.pop())
	}
	for _, f := range frames {
		b.frames.push(f)
	}
}

// forget gives back the memory of frames that will not be written.
func (b *Outbox) forget(frames []Frame) {
	for _, f := range frames {
		size := f.Size()
		PutFrame(f.Buf)
		if b.watch != nil {
			b.watch.Sent(f, size, socket.Unsent)
		}
	}
}

// Settled returns a channel that is closed once every frame accepted so far is
// settled: written, removed, or its failed write noted by Detach. Frames that the
// end of the session loses never settle.
func (b *Outbox) Settled() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.waiters); n > 0 && b.waiters[n-1].seq == b.seq {
		return b.waiters[n-1].done
	}
	done := make(chan struct{})
	b.waiters = append(b.waiters, waiter{b.seq, done})
	b.settle()
	return done
}

// settle ends the waits for frames that are settled. The lock is held.
func (b *Outbox) settle() {
	for len(b.waiters) > 0 {
		seq := b.waiters[0].seq
		if b.frames.len() > 0 && b.frames.front().Seq <= seq || b.uncertain > 0 && b.left <= seq {
			return
		}
		close(b.waiters[0].done)
		if b.waiters = b.waiters[1:]; len(b.waiters) == 0 {
			b.waiters = nil
		}
	}
}

// seal refuses frames from now on with err, and keeps those that were accepted.
func (b *Outbox) seal(err error) {
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

// Abandon seals and empties the box, and returns what was lost, or nil. The
// connection has ended, so that a write under way ends at once; only then is it
// known whether it went out.
func (b *Outbox) Abandon(err error) *socket.UnsentError {
	b.seal(err)
	b.mu.Lock()
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
	lost := socket.UnsentError{Events: b.frames.len(), Uncertain: b.uncertain}
	var frames []Frame
	for b.frames.len() > 0 {
		f := b.frames.pop()
		lost.Bytes += f.Size()
		frames = append(frames, f)
	}
	b.mu.Unlock()
	b.forget(frames)
	if lost == (socket.UnsentError{}) {
		return nil
	}
	return &lost
}

// Stats returns the state of the queue.
func (b *Outbox) Stats() (events, bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.frames.len(), b.bytes
}

// wake closes and forgets a channel that is waited for, or does nothing.
func wake(c *chan struct{}) {
	if *c != nil {
		close(*c)
		*c = nil
	}
}
