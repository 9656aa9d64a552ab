package link

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/socket"
)

// Outbox is the send queue: what was accepted and is not written yet. A Put that finds
// nothing before it writes what the link takes at once. A writer goroutine writes the rest,
// and exists while there is something to write, and shortly after.
//
// Lock order: Outbox.mu comes before every lock of the owner that the hook of Put
// or the function of Remove takes. The owner calls no method of an Outbox under
// such a lock.
type Outbox struct {
	// Set before the first Put.

	o       *Options
	watch   Watcher // nil is none
	names   namer   // nil names nothing
	writers *sync.WaitGroup
	failed  func(Link, error) // called without the lock after a failed write

	mu        sync.Mutex // guards what follows
	frames    queue[Frame]
	bytes     int
	seq       uint64            // of the last frame that was accepted
	left      uint64            // of the last frame that was taken to be written; less than Seq of each of frames
	most      uint64            // the largest left; see isUnwritten
	uncertain int               // 1 from the begin of a write until its end, or until Detach notes its failure
	doubtful  []socket.Outgoing // the frame whose write failed, until attach
	fates     fates
	t         Link   // nil while there is no connection to write to
	part      *write // what a Put has begun to write and the writer ends; nil is none
	sealed    error
	again     bool // left was written before, and keeps the fate of that write
	isCut     bool
	over      bool // the end has come: frames holds what it lost
	writing   bool
	lingers   bool          // the writer waits for more
	used      bool          // it wrote since the last look
	room      chan struct{} // closed when room appeared; nil while no Put waits
	waiters   []waiter      // in the order of seq
	idle      chan struct{} // closed when the writer stops; nil while halt does not wait
	writer    func()        // runs live; made once, since a send must not allocate
	more      chan bool     // false ends the wait, and the writer
	look      *time.Timer   // looks whether the writer is of any use
}

// waiter waits until the frames up to seq are settled.
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
			b.bytes += size
			if hook != nil {
				hook(f.Seq)
			}
			if b.t != nil && !b.writing && b.t.tries(size) {
				b.writeHere(f)
				return nil
			}
			b.frames.push(f)
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
	b.run()
}

// run makes the writer run: the one that lingers, or another. The lock is held.
func (b *Outbox) run() {
	if b.lingers {
		b.release(true)
		return
	}
	if b.writer == nil {
		b.writer, b.more = b.live, make(chan bool, 1)
	}
	switch {
	case b.sealed != nil: // The writer does not linger.
	case b.look == nil:
		b.look = time.AfterFunc(Linger, b.expire)
	default:
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

// live is the writer's life.
func (b *Outbox) live() {
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

// attach makes frames flow to t.
func (b *Outbox) attach(t Link) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.isCut {
		return
	}
	b.t, b.uncertain, b.doubtful = t, 0, nil
	b.start()
}

// Detach stops the flow to a link that has ended. It returns the frames that may or
// may not have arrived, and the place of the last one that has left. What waits stays.
// If no other link is attached, Abandon returns these frames, too.
func (b *Outbox) Detach() (uncertain []socket.Outgoing, left uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.halt()
	b.uncertain = 0
	b.settle()
	return slices.Clone(b.doubtful), b.left
}

// halt stops the flow and waits for the write under way, if any: only its end shows
// what became of the frame. The link has ended, so that it ends at once. The lock is
// held on entry and return.
func (b *Outbox) halt() {
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
	var unsent []Frame
	b.mu.Lock()
	for range b.frames.len() {
		f := b.frames.pop()
		if keep(f) {
			b.frames.push(f)
			continue
		}
		removed = append(removed, f)
		b.bytes -= f.Size()
		if b.isUnwritten(f) {
			unsent = append(unsent, f)
			b.fates.note(f.Seq, socket.Unsent)
		} else {
			PutFrame(f.Buf) // The watcher knows its fate.
		}
	}
	wake(&b.room)
	b.settle()
	b.mu.Unlock()
	b.forget(unsent)
	for i := range removed {
		removed[i].Buf = nil
	}
	return removed
}

// isUnwritten reports whether no write of a frame has begun. What is put back has a place
// up to most, and keeps the fate of its first write. The lock is held.
func (b *Outbox) isUnwritten(f Frame) bool { return f.Seq > b.most }

// PutBack puts frames that were taken to be written before those that wait, at their
// old places: Seq is set and in order. There is no connection to write to, and the
// bound does not hold for them. They have left no more: if the next link ends before it
// takes them, they wait in the queue alone, and the owner has nothing to repeat.
func (b *Outbox) PutBack(frames []Frame) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(frames) > 0 {
		b.left = min(b.left, frames[0].Seq-1)
	}
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
		if b.watch != nil {
			b.watch.Sent(f, f.Size(), socket.Unsent)
		}
		PutFrame(f.Buf)
	}
}

// Settled returns a channel that is closed once every frame accepted so far is
// settled: written, removed, or its failed write noted by Detach. Frames that the
// end of the session loses never settle.
func (b *Outbox) Settled() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settled(b.seq)
}

// settled is Settled for the frames up to a place. The lock is held.
func (b *Outbox) settled(seq uint64) <-chan struct{} {
	i, found := slices.BinarySearchFunc(b.waiters, seq, func(w waiter, seq uint64) int { return cmp.Compare(w.seq, seq) })
	if found {
		return b.waiters[i].done
	}
	done := make(chan struct{})
	b.waiters = slices.Insert(b.waiters, i, waiter{seq, done})
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
	b.refuse(err)
}

// refuse is seal under the lock.
func (b *Outbox) refuse(err error) {
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

// cut seals the box and ends the flow after the write under way, for good.
func (b *Outbox) cut(err error) {
	b.seal(err)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t, b.isCut = nil, true
}

// Abandon seals the box and returns what was lost, or nil. The connection has ended.
// What waits stays for Take.
func (b *Outbox) Abandon(err error) *socket.UnsentError {
	return b.abandon(err, func(*socket.UnsentError) {})
}

// abandon is Abandon. It calls note with the loss, or nil, under the lock and before it
// refuses a frame, so that a Put that fails comes after it.
func (b *Outbox) abandon(err error, note func(lost *socket.UnsentError)) *socket.UnsentError {
	b.mu.Lock()
	b.halt()
	lost := &socket.UnsentError{Uncertain: b.doubtful}
	var frames []Frame
	for range b.frames.len() {
		f := b.frames.pop()
		b.frames.push(f)
		if !b.isUnwritten(f) {
			continue
		}
		b.fates.note(f.Seq, socket.Unsent)
		lost.Unsent = append(lost.Unsent, b.name(f))
		frames = append(frames, f)
	}
	if lost.Unsent == nil && lost.Uncertain == nil {
		lost = nil
	}
	b.doubtful, b.over = nil, true
	note(lost)
	b.refuse(err)
	b.mu.Unlock()
	for i, f := range frames {
		if b.watch != nil {
			b.watch.Sent(f, lost.Unsent[i].Bytes, socket.Unsent)
		}
	}
	return lost
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
