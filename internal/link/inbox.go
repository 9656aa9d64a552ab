package link

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/socket"
)

// Inbox is the receive queue: events that arrived and were not received, and the
// errors of messages that were no events. One goroutine pushes; any number pop.
type Inbox[E any] struct {
	// Set before the first Push; nil functions are not called.

	// Dropped runs for each event that a full queue dropped.
	Dropped func(E)
	// Unwanted runs for each event that arrives after Discard or Close.
	Unwanted func(E)
	// Stalled runs on the reader's goroutine each time that Push has waited for
	// room for Options.ReceiveStall.
	Stalled func()

	o    *Options
	quit <-chan struct{} // closed when Close begins
	// blocked is true while Push waits for room.
	blocked atomic.Bool

	mu      sync.Mutex // guards what follows; a leaf: no other lock is taken under it
	discard bool
	closed  bool
	relaxed bool // the connection is lost: there is little left to read
	items   queue[Arrival[E]]
	bytes   int
	lost    int64
	end     error // what Pop returns once closed is set and items is empty
	arrived cond
	room    chan struct{} // holds a token when Push should look again; nil until Push first waited
}

// batch is how many arrivals may wait before Push lets the receiver run. A reader that is
// never short of bytes would keep the processor until it is preempted, with thousands of
// events in memory that is cold when they are received.
const batch = 8

// Arrival is an event, or the error of a message that was none.
type Arrival[E any] struct {
	Event E
	Err   error
	Size  int // of the message
}

// Init makes an inbox ready. Push never waits once quit is closed.
func (b *Inbox[E]) Init(o *Options, quit <-chan struct{}) {
	b.o, b.quit = o, quit
	b.arrived.init(&b.mu)
}

// Push adds an arrival. It waits for room only with OverflowBlock, and never once
// the session is being closed or the connection is lost: while it is being closed, a full
// queue drops the event and counts it as lost; once the connection is lost, it takes it
// nevertheless. Its error ends the session.
func (b *Inbox[E]) Push(a Arrival[E]) error {
	for {
		b.mu.Lock()
		if b.discard || b.closed {
			b.mu.Unlock()
			if b.Unwanted != nil {
				b.Unwanted(a.Event)
			}
			return nil
		}
		if b.fits(a.Size) || b.relaxed && b.o.Overflow == socket.OverflowBlock {
			b.items.push(a)
			b.bytes += a.Size
			n := b.items.len()
			b.mu.Unlock()
			b.arrived.signal()
			if n%batch == 0 {
				runtime.Gosched()
			}
			return nil
		}
		switch b.o.Overflow {
		case socket.OverflowFail:
			b.mu.Unlock()
			return socket.ErrReceiveQueueFull
		case socket.OverflowDropOldest:
			old := b.items.pop()
			b.bytes -= old.Size
			b.lost++
			b.mu.Unlock()
			b.dropped(old.Event)
			continue
		case socket.OverflowBlock:
		}
		if b.room == nil {
			b.room = make(chan struct{}, 1)
		}
		b.mu.Unlock()
		if !b.await() {
			b.drop(a.Event)
			return nil
		}
	}
}

// await waits until there may be room. It reports false when the session is
// closing.
func (b *Inbox[E]) await() bool {
	b.blocked.Store(true)
	defer b.blocked.Store(false)
	var tick <-chan time.Time
	if b.Stalled != nil && b.o.ReceiveStall > 0 {
		t := time.NewTicker(b.o.ReceiveStall)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-b.room:
			return true
		case <-b.quit:
			return false
		case <-tick:
			b.Stalled()
		}
	}
}

func (b *Inbox[E]) drop(e E) {
	b.mu.Lock()
	b.lost++
	b.mu.Unlock()
	b.dropped(e)
}

func (b *Inbox[E]) dropped(e E) {
	if b.Dropped != nil {
		b.Dropped(e)
	}
}

// fits reports whether there is room. One arrival fits however large it is.
func (b *Inbox[E]) fits(size int) bool {
	n := b.items.len()
	if n == 0 {
		return true // With many sessions, fetching the options of each costs more than the rest of Push.
	}
	most, bytes := b.o.ReceiveQueueEvents, b.o.ReceiveQueueBytes
	return (most == 0 || n < most) && (bytes == 0 || b.bytes+size <= bytes)
}

// Pop returns the next arrival. After the last one it returns the error of Close,
// and after Discard socket.ErrDiscarded. It returns at once when ctx has ended, even
// if arrivals wait.
func (b *Inbox[E]) Pop(ctx context.Context) (E, error) {
	var none E
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if ctx.Err() != nil {
			b.arrived.signal() // The signal that woke us may be for another waiter.
			return none, ctxerr.Of(ctx)
		}
		if b.items.len() > 0 {
			a := b.items.pop()
			b.bytes -= a.Size
			token(b.room)
			return a.Event, a.Err
		}
		switch {
		case b.discard:
			return none, socket.ErrDiscarded
		case b.closed:
			return none, b.end
		}
		b.arrived.wait(ctx)
	}
}

// Close makes Pop return the arrivals that are queued, and then err.
func (b *Inbox[E]) Close(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.end = true, err
	b.release()
}

// Discard drops the arrivals that are queued and all later ones.
func (b *Inbox[E]) Discard() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.discard = true
	b.items, b.bytes = queue[Arrival[E]]{}, 0
	token(b.room)
	b.release()
}

// release wakes every waiter for the last time. The lock is held.
func (b *Inbox[E]) release() {
	b.arrived.forget()
	b.arrived.broadcast()
}

// Stats returns the state of the queue.
func (b *Inbox[E]) Stats() (queued, bytes int, lost int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.items.len(), b.bytes, b.lost
}

// isBlocked reports whether the reader waits for room.
func (b *Inbox[E]) isBlocked() bool { return b.blocked.Load() }

// relax makes Push exceed the bounds instead of waiting for room, or wait again.
func (b *Inbox[E]) relax(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.relaxed = on
	if on {
		token(b.room)
	}
}

// token leaves a token in a channel of one, unless it is nil.
func token(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
