package link

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/internal/monotonic"
	"github.com/voicelane/realtime-go/socket"
)

// Owner is the half of a session that knows events. Its methods run on the
// reader's goroutine.
type Owner interface {
	// Take handles one message, whose bytes are overwritten when it returns. Its
	// error ends the connection.
	Take(data []byte) error
	// Redial returns a new link after one has ended with err, or the error to end
	// with. It is not called once Close has begun.
	Redial(err error) (Link, error)
	// Over runs once, at the end, before Done is closed.
	Over(end *Ending)
	namer
}

// namer reads the id of a message that was accepted and not written; "" is none. It
// runs on any goroutine.
type namer interface{ Identify(message []byte) string }

// Receiver is the [Inbox] of the owner.
type Receiver interface {
	// isBlocked reports whether the reader waits for room, and not for the peer.
	isBlocked() bool
	// relax makes Take return without waiting for room, or wait again.
	relax(on bool)
}

// Conn is the half of a session that knows messages alone: one goroutine reads,
// another exists while something waits to be written, and a timer watches the peer.
// It outlives a link when the owner redials.
//
// Lock order: Conn.mu before Inbox.mu, which relax takes. Conn.mu and Outbox.mu are
// never held together: sender, receiver and reader share no lock.
type Conn struct {
	// Out is the send queue.
	Out Outbox

	// Set by Init.

	quit  chan struct{} // closed when Close begins
	done  chan struct{} // closed after the end
	o     *Options
	in    Receiver
	owner Owner

	reading Link // that messages come from; the reader's own, beside owner: each message needs both

	wg       sync.WaitGroup         // of reader, writers and keepalive
	ending   atomic.Pointer[Ending] // nil until the end; stored before done is closed
	forgiven int                    // see Forgive; the reader's own

	mu       sync.Mutex // guards what follows
	t        Link       // nil while there is none
	cause    error      // why this side aborted t
	local    *socket.CloseError
	aborted  error              // why Abort ended the connection; local is set too
	gone     chan struct{}      // closed when Close has nothing left to wait for; nil before Close
	keep     *keepalive         // nil without PingInterval
	finished bool               // the reader has stopped
	cancel   context.CancelFunc // ends a redial
}

// Init makes a connection ready for an owner with its inbox. The watcher may be
// nil.
func (c *Conn) Init(owner Owner, in Receiver, o *Options, watch Watcher) {
	c.owner, c.in, c.o = owner, in, o
	c.quit, c.done = make(chan struct{}), make(chan struct{})
	c.Out = Outbox{o: o, watch: watch, names: owner, writers: &c.wg, failed: c.Fail}
}

// Quit returns a channel that is closed when Close begins.
func (c *Conn) Quit() <-chan struct{} { return c.quit }

// Done returns a channel that is closed after the end.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Ending returns nil until the end. Once Done is closed it is not nil.
func (c *Conn) Ending() *Ending { return c.ending.Load() }

// Start begins to read from l and to write to it.
func (c *Conn) Start(l Link) {
	c.use(l)
	c.Out.attach(l)
	c.wg.Go(func() { c.run(l) })
}

// run is the reader's life.
func (c *Conn) run(l Link) {
	for {
		err := c.read(l)
		l.Abort()
		err = c.explain(l, err)
		if !c.isClosing() {
			var next Link
			if next, err = c.owner.Redial(err); next != nil {
				l = next
				continue
			}
		}
		c.finish(err)
		return
	}
}

// read passes messages to the owner until the link or the connection ends.
func (c *Conn) read(l Link) error {
	c.reading = l
	defer func() { c.reading = nil }()
	for {
		if err := Read(l, c.owner.Take); err != nil {
			return err
		}
	}
}

// use makes l the current link, unless Close or Abort has begun. These abort the link that is
// current, and would wait in vain for the end of one that comes later.
func (c *Conn) use(l Link) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.local != nil {
		return false
	}
	c.t, c.cause = l, nil
	c.in.relax(false)
	if c.o.PingInterval > 0 && c.keep == nil {
		c.keep = &keepalive{timer: time.AfterFunc(c.o.PingInterval, c.watch)}
	}
	return true
}

// Fail aborts l for a reason of this side, if it is still the current link. A
// reader that waits for room stops waiting and finds that out: the receiver that
// should make room may itself wait for the end.
func (c *Conn) Fail(l Link, cause error) {
	c.mu.Lock()
	if c.t == l {
		if c.cause == nil {
			c.cause = cause
		}
		c.in.relax(true)
	}
	c.mu.Unlock()
	l.Abort()
}

// explain ends the use of l and returns why it ended.
func (c *Conn) explain(l Link, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.t == l {
		c.t = nil
	}
	c.in.relax(true)
	if c.cause != nil {
		// A close frame is more telling than the write that it made fail.
		if _, closed := errors.AsType[*socket.CloseError](err); !closed {
			return c.cause
		}
	}
	return err
}

// Current returns the current link, or nil.
func (c *Conn) Current() Link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Forgive makes a close code of the peer count as an end in good order from now
// on. It is called on the reader's goroutine.
func (c *Conn) Forgive(code int) { c.forgiven = code }

func (c *Conn) isClosing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.local != nil
}

// Arrived returns when the bytes arrived of the message that Owner.Take handles, which calls it.
// It is the present time for a message that no link has.
func (c *Conn) Arrived() monotonic.Time {
	if c.reading == nil {
		return monotonic.Now()
	}
	return c.reading.lastRead()
}

// finish ends the connection. It runs once, on the reader's goroutine.
func (c *Conn) finish(err error) {
	c.mu.Lock()
	c.finished = true
	if c.keep != nil {
		c.keep.timer.Stop()
		c.keep = nil
	}
	local, aborted := c.local, c.aborted
	c.mu.Unlock()

	end := newEnding(err, local, c.forgiven)
	if aborted != nil {
		end = newAborted(local, aborted)
	}
	// A sender that is woken, and all that Over ends, finds the ending.
	_ = c.Out.abandon(end.Refusal, func(lost *socket.UnsentError) {
		end = end.without(lost)
		c.ending.Store(end)
	})
	c.owner.Over(end)
	close(c.done)
}

// Read waits for one message of a link and passes it to take. The bytes are
// overwritten when take returns.
func Read(l Link, take func(data []byte) error) error {
	r, err := l.nextReader()
	if err != nil {
		return err
	}
	buf := buffers.Get()
	defer buffers.Put(buf)
	if *buf, err = appendAll(*buf, r); err != nil {
		return l.readError(err)
	}
	return take(*buf)
}
