package realtime

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// owner is the other half of a session.
type owner interface {
	// take handles one message; its error ends the session.
	take(data []byte) error
	// over runs at the end, before done is closed.
	over(end ending)
	// stalled reports that the reader waits for the receiver, not the peer.
	stalled() bool
	// urge lets take wait for nobody, or wait again.
	urge(on bool)
	// reconnect returns a new connection after err, or what to end with.
	reconnect(err error) (transport, error)
}

// engine is the half of a session that knows no events: one goroutine reads,
// another exists while there is something to write, and a timer watches over
// the peer. It outlives a connection when it can be redialed.
type engine struct {
	owner
	o    *Options
	log  *slog.Logger
	out  outbox
	quit chan struct{} // closed when Close begins
	done chan struct{} // closed when the session has ended
	gone chan struct{} // closed when Close has nothing left to wait for; nil before Close

	wg sync.WaitGroup

	ended    atomic.Pointer[ending] // nil until then
	forgiven int                    // a close code that is in good order now; the reader's own

	mu       sync.Mutex
	t        transport
	cause    error // why we aborted t ourselves
	local    *CloseError
	keep     *time.Timer
	finished bool
	pinged   bool
	cancel   context.CancelFunc // ends a recovery
	url      string
	id       string // the server's request id of the handshake
}

func (e *engine) init(own owner, o *Options, log *slog.Logger) {
	e.owner, e.o, e.log = own, o, log
	e.quit, e.done = make(chan struct{}), make(chan struct{})
	e.out = outbox{o: o, writers: &e.wg, failed: e.fail}
}

// start begins to read from t.
func (e *engine) start(t transport) {
	e.use(t)
	e.out.attach(t)
	e.wg.Go(func() { e.run(t) })
}

func (e *engine) run(t transport) {
	for {
		err := e.read(t)
		t.abort()
		err = e.explain(t, err)
		if !e.isClosing() {
			var next transport
			if next, err = e.reconnect(err); next != nil {
				t = next
				continue
			}
		}
		e.finish(err)
		return
	}
}

// read hands over messages until the connection or the session ends.
func (e *engine) read(t transport) error {
	for {
		if err := e.readOne(t); err != nil {
			return err
		}
	}
}

func (e *engine) readOne(t transport) error {
	r, err := t.nextReader()
	if err != nil {
		return err
	}
	buf := getBuffer()
	defer putBuffer(buf)
	if *buf, err = appendAll(*buf, r); err != nil {
		return readError(err)
	}
	return e.take(*buf)
}

// use makes t the current connection.
func (e *engine) use(t transport) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.t, e.cause, e.pinged = t, nil, false
	e.urge(false)
	if e.o.PingInterval > 0 && e.keep == nil {
		e.keep = time.AfterFunc(e.o.PingInterval, e.watch)
	}
}

// fail aborts t for a reason of our own, if it is still the connection. A reader
// that waits for room goes on to find that out: who should make room may itself
// wait for the end.
func (e *engine) fail(t transport, cause error) {
	e.mu.Lock()
	if e.t == t {
		if e.cause == nil {
			e.cause = cause
		}
		e.urge(true)
	}
	e.mu.Unlock()
	t.abort()
}

// explain ends the use of t and says why it ended.
func (e *engine) explain(t transport, err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.t == t {
		e.t = nil
	}
	e.urge(true)
	if e.cause != nil {
		// A close frame says more than the write that it made fail.
		if _, closed := errors.AsType[*CloseError](err); !closed {
			return e.cause
		}
	}
	return err
}

func (e *engine) current() transport {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.t
}

func (e *engine) isClosing() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.local != nil
}

// finish ends the session. It runs once, on the reader's goroutine.
func (e *engine) finish(err error) {
	e.mu.Lock()
	e.finished = true
	if e.keep != nil {
		e.keep.Stop()
	}
	local := e.local
	e.mu.Unlock()

	end := newEnding(err, local, e.forgiven)
	end = end.without(e.out.abandon(end.refusal))
	e.ended.Store(&end)

	e.log.Info("realtime session ended",
		"code", end.status.Code, "local", end.status.Local, "clean", errors.Is(end.received, io.EOF))
	e.over(end)
	if e.o.Hooks.Ended != nil {
		e.o.Hooks.Ended(end.received)
	}
	close(e.done)
}

// watch runs on the keepalive timer.
func (e *engine) watch() {
	e.mu.Lock()
	if e.finished {
		e.mu.Unlock()
		return
	}
	e.wg.Add(1)
	t := e.t
	e.mu.Unlock()
	defer e.wg.Done()

	next := e.o.PingInterval
	if t != nil {
		next = e.inspect(t)
	}
	e.mu.Lock()
	if !e.finished {
		e.keep.Reset(max(next, time.Millisecond))
	}
	e.mu.Unlock()
}

// inspect pings a peer that is silent and gives up on one that stays so. It
// returns when to look again.
func (e *engine) inspect(t transport) time.Duration {
	if e.stalled() {
		// We do not read, so silence says nothing about the peer.
		e.setPinged(false)
		return e.o.PingInterval
	}
	idle := time.Since(t.lastRead())
	if idle < e.o.PingInterval {
		e.setPinged(false)
		return e.o.PingInterval - idle
	}
	if !e.setPinged(true) {
		now := time.Now()
		timeout := e.o.PingTimeout
		if timeout == 0 {
			timeout = e.o.PingInterval
		}
		// A ping that cannot be written proves no more than silence does.
		_ = t.ping(now.Add(timeout / 2))
		return timeout - time.Since(now)
	}
	if e.o.PingTimeout > 0 {
		e.fail(t, &TransportError{Op: "keepalive", Err: ErrPeerSilent})
	} else {
		e.setPinged(false)
	}
	return e.o.PingInterval
}

// setPinged notes whether a ping is out, and returns what was noted before.
func (e *engine) setPinged(v bool) (before bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	before, e.pinged = e.pinged, v
	return before
}

// cancelWith notes what ends a recovery, unless the session is being closed.
func (e *engine) cancelWith(cancel context.CancelFunc) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cancel = cancel
	return e.local == nil
}
