package realtime

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// inbox holds what has arrived and was not received: events, and the errors of
// frames that were none.
type inbox[E any] struct {
	o        *Options
	dropped  func(E) // hears of what a full queue forgot
	unwanted func(E) // hears of what nobody will receive; may be nil
	quit     <-chan struct{}
	// unheard is called each time that the reader has waited for room for as
	// long as Options.ReceiveStall; nil is never.
	unheard func()

	mu        sync.Mutex
	items     fifo[arrival[E]]
	bytes     int
	lost      int64
	discard   bool
	closed    bool
	urged     bool // the connection is lost: there is little left to read
	blockedAt atomic.Bool
	end       error
	arrived   alarm
	room      chan struct{} // holds a token while the reader should look; nil until it first waited
}

type arrival[E any] struct {
	event E
	err   error
	size  int
}

func (b *inbox[E]) init(o *Options, quit <-chan struct{}, dropped func(E)) {
	b.o, b.quit, b.dropped = o, quit, dropped
	b.arrived.init(&b.mu)
}

// push adds an arrival. It waits for room only with OverflowBlock, and never
// once the session is being closed or the connection is lost. Its error ends the
// session.
func (b *inbox[E]) push(a arrival[E]) error {
	for {
		b.mu.Lock()
		if b.discard || b.closed {
			b.mu.Unlock()
			if b.unwanted != nil {
				b.unwanted(a.event)
			}
			return nil
		}
		if b.fits(a.size) || b.urged && b.o.Overflow == OverflowBlock {
			b.items.push(a)
			b.bytes += a.size
			b.mu.Unlock()
			b.arrived.one()
			return nil
		}
		switch b.o.Overflow {
		case OverflowFail:
			b.mu.Unlock()
			return ErrReceiveQueueFull
		case OverflowDropOldest:
			old := b.items.pop()
			b.bytes -= old.size
			b.lost++
			b.mu.Unlock()
			b.dropped(old.event)
			continue
		case OverflowBlock:
		}
		if b.room == nil {
			b.room = make(chan struct{}, 1)
		}
		b.mu.Unlock()
		if !b.await() {
			b.drop(a.event)
			return nil
		}
	}
}

// await waits until there may be room, or reports that the session is closing.
func (b *inbox[E]) await() bool {
	b.blockedAt.Store(true)
	defer b.blockedAt.Store(false)
	var tick <-chan time.Time
	if b.unheard != nil && b.o.ReceiveStall > 0 {
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
			b.unheard()
		}
	}
}

func (b *inbox[E]) drop(e E) {
	b.mu.Lock()
	b.lost++
	b.mu.Unlock()
	b.dropped(e)
}

// fits keeps one arrival acceptable however large it is.
func (b *inbox[E]) fits(size int) bool {
	n, most, bytes := b.items.len(), b.o.ReceiveQueueEvents, b.o.ReceiveQueueBytes
	return n == 0 || (most == 0 || n < most) && (bytes == 0 || b.bytes+size <= bytes)
}

// pop returns the next arrival, or the error that ended the session after all
// that arrived before it. Once everything is discarded there is nothing to
// wait for.
func (b *inbox[E]) pop(ctx context.Context) (E, error) {
	var none E
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if ctx.Err() != nil {
			b.arrived.one() // What woke us may be for another.
			return none, ctxerr.Of(ctx)
		}
		if b.items.len() > 0 {
			a := b.items.pop()
			b.bytes -= a.size
			signal(b.room)
			return a.event, a.err
		}
		switch {
		case b.discard:
			return none, ErrDiscarded
		case b.closed:
			return none, b.end
		}
		b.arrived.wait(ctx)
	}
}

// close lets receivers have what is queued and then err.
func (b *inbox[E]) close(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.end = true, err
	b.over()
}

// over wakes everybody: nobody will wait again.
func (b *inbox[E]) over() {
	b.arrived.forget()
	b.arrived.all()
}

// discardAll forgets what is queued and all that will come.
func (b *inbox[E]) discardAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.discard = true
	b.items, b.bytes = fifo[arrival[E]]{}, 0
	signal(b.room)
	b.over()
}

// urge lets push exceed the bounds instead of waiting for room, or not any more.
func (b *inbox[E]) urge(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.urged = on
	if on {
		signal(b.room)
	}
}

func (b *inbox[E]) stats() (queued, bytes int, lost int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.items.len(), b.bytes, b.lost
}

// signal leaves a token in a channel of one. Nobody waits at a nil channel.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
