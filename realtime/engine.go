package realtime

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"
)

// owner is the other half of a session.
type owner interface {
	// take handles one message; its error ends the session.
	take(data []byte) error
	// over hears of the end, before done is closed.
	over(end error)
	// forgives reports a close code that is in order at this point.
	forgives(code int) bool
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

	mu       sync.Mutex
	t        transport
	cause    error // why we aborted t ourselves
	local    *CloseError
	end      error
	status   *CloseError
	unsent   *UnsentError
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
	closed, isClose := errors.AsType[*CloseError](err)
	switch {
	case e.local != nil:
		e.status, e.end = e.local, io.EOF
	case isClose:
		e.status, e.end = closed, err
		if closed.clean() || e.forgives(closed.Code) {
			e.end = io.EOF
		}
	default:
		e.status, e.end = &CloseError{Code: closeAbnormal, Reason: unprefixed(err)}, err
	}
	refusal := e.refusal()
	e.mu.Unlock()

	unsent := e.out.abandon(refusal)
	e.mu.Lock()
	e.unsent = unsent
	if unsent != nil && e.local == nil {
		// Nobody would hear of the loss at a silent end.
		e.end = errors.Join(e.status, unsent)
		if !isClose {
			e.end = errors.Join(err, unsent)
		}
	}
	end, status := e.end, e.status
	e.mu.Unlock()

	e.log.Info("realtime session ended", "code", status.Code, "local", status.Local, "clean", errors.Is(end, io.EOF))
	e.over(end)
	if e.o.Hooks.Ended != nil {
		e.o.Hooks.Ended(end)
	}
	close(e.done)
}

// refusal is what Send returns after the end. The lock is held.
func (e *engine) refusal() error {
	if e.local != nil {
		return ErrClosed
	}
	if errors.Is(e.end, io.EOF) {
		return e.status
	}
	return e.end
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

// closeError returns the peer's close, or nil.
func (e *engine) closeError() *CloseError {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.status == nil || e.status.Local || e.status.Code == closeAbnormal {
		return nil
	}
	return e.status
}

// endedEarly is the end of a session that never became usable.
func (e *engine) endedEarly() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if errors.Is(e.end, io.EOF) {
		return e.status
	}
	return e.end
}

// cancelWith notes what ends a recovery, unless the session is being closed.
func (e *engine) cancelWith(cancel context.CancelFunc) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cancel = cancel
	return e.local == nil
}
