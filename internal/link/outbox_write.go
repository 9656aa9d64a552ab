package link

import (
	"errors"
	"time"

	"github.com/voicelane/realtime-go/socket"
)

// write is a frame on its way to a link.
type write struct {
	Frame
	t     Link
	begun bool // the link holds a part of it
}

// writeHere writes what the link takes at once of a frame before which none waits, on the
// goroutine of Put. The lock is held on entry, and not on return.
func (b *Outbox) writeHere(f Frame) {
	b.writing = true
	switch b.write(b.begin(f), true) {
	case failed:
		return
	case written:
		b.writing = false
		wake(&b.idle)
		b.start() // More came meanwhile.
	case begun:
		b.run()
	}
	b.mu.Unlock()
}

// drain writes until there is nothing to write, or nothing to write to, and reports
// whether more may come.
func (b *Outbox) drain() (lingers bool) {
	for {
		b.mu.Lock()
		if b.part == nil && (b.t == nil || b.frames.len() == 0) {
			b.writing = false
			wake(&b.idle)
			b.lingers, b.used = b.sealed == nil, true
			lingers = b.lingers
			b.mu.Unlock()
			return lingers
		}
		if b.write(b.next(), false) == failed {
			return false
		}
		b.mu.Unlock()
	}
}

// outcome is what a write has come to.
type outcome int

const (
	failed outcome = iota
	written
	begun // part holds the frame
)

// write begins a write or ends one; with here, it writes only what the link takes at once.
// The lock is held on entry; on return, unless the write has failed. One that a watcher
// ended, by a panic or runtime.Goexit, has failed: the sender's goroutine may be recovered.
func (b *Outbox) write(w write, here bool) (came outcome) {
	b.mu.Unlock()

	size, lost, err := w.Size(), socket.Outgoing{Type: w.Kind, Bytes: w.Size()}, error(errWatcher)
	defer func() {
		if came != begun {
			came = b.wrote(w.t, w.Seq, size, lost, err)
		}
	}()
	if b.watch != nil && !w.begun {
		b.watch.Sending(w.Frame)
	}
	whole, failure := b.pass(&w, here)
	if failure == nil && !whole {
		b.mu.Lock()
		b.part = &write{w.Frame, w.t, true}
		return begun
	}
	lost, err = b.passed(w.Frame, failure)
	return written
}

// next takes what is to be written next. The lock is held.
func (b *Outbox) next() write {
	if p := b.part; p != nil {
		b.part = nil
		return *p
	}
	return b.begin(b.frames.pop())
}

// begin notes that the write of a frame begins. The lock is held.
func (b *Outbox) begin(f Frame) write {
	b.uncertain, b.left, b.again, b.most = 1, f.Seq, f.Seq <= b.most, max(b.most, f.Seq)
	return write{f, b.t, false}
}

// pass passes a frame to its link, and reports whether that has taken all of it.
func (b *Outbox) pass(w *write, here bool) (whole bool, err error) {
	switch {
	case here:
		return w.t.try(*w.Buf)
	case w.begun:
		return true, w.t.complete(*w.Buf, b.deadline())
	default:
		return true, w.t.write(*w.Buf, b.deadline())
	}
}

// passed gives the memory of a frame back. It names one whose write failed.
func (b *Outbox) passed(f Frame, failure error) (lost socket.Outgoing, err error) {
	size, fate := f.Size(), socket.Written
	if failure != nil {
		lost, fate = b.name(f), socket.Uncertain
	}
	if b.watch != nil {
		b.watch.Sent(f, size, fate)
	}
	PutFrame(f.Buf)
	return lost, failure
}

var errWatcher = &socket.TransportError{Op: "write", Err: errors.New("a tap panicked or ended its goroutine")}

// wrote notes how the write of a frame has ended, and returns as write does.
func (b *Outbox) wrote(t Link, seq uint64, size int, lost socket.Outgoing, err error) outcome {
	b.mu.Lock()
	b.bytes -= size
	wake(&b.room)
	if err == nil {
		b.uncertain = 0
		b.settle()
		return written
	}
	// The frame may have left in part or whole; it is not repeated.
	if !b.again {
		b.fates.note(seq, socket.Uncertain)
		b.doubtful = append(b.doubtful, lost)
	}
	b.writing = false
	wake(&b.idle)
	if b.t == t {
		b.t = nil // The failure stays uncertain until Detach notes it.
	}
	b.settle()
	b.start() // Another connection may have come meanwhile.
	b.mu.Unlock()
	b.failed(t, err)
	return failed
}

// name names a frame that was not written.
func (b *Outbox) name(f Frame) socket.Outgoing {
	o := socket.Outgoing{Type: f.Kind, Bytes: f.Size()}
	if b.names != nil {
		o.ID = b.names.Identify(Message(*f.Buf))
	}
	return o
}

func (b *Outbox) deadline() time.Time {
	if b.o.WriteTimeout == 0 {
		return time.Time{}
	}
	return time.Now().Add(b.o.WriteTimeout)
}
