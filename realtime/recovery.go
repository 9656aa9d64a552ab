package realtime

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/socket"
)

// recovery brings a session back. Its memory of the conversation is fed by
// observe and sent.
type recovery struct {
	c     *core
	take  func(data []byte) error // the usual way of a message
	route *route
	o     Reconnect

	mu     sync.Mutex
	past   history
	due    bool
	moving bool
	age    *time.Timer
	bye    *time.Timer
	ended  bool

	// Of the reader's goroutine alone.
	since    time.Time
	attempts int
}

func newRecovery(c *core, r *route, take func([]byte) error) *recovery {
	b := &recovery{c: c, take: take, route: r, o: *r.o.Reconnect, since: time.Now()}
	b.past.limit = b.o.HistoryBytes
	return b
}

func (b *recovery) isCall() bool { return b.route.target.kind() == kindCall }

// stableAfter is how long a connection must have lived for the next outage to
// have all its attempts: one that breaks at once is the same outage.
const stableAfter = 30 * time.Second

// recover runs on the reader's goroutine when a connection has ended.
func (b *recovery) recover(cause error) (link.Link, error) {
	moving := b.leaving()
	if !b.c.first.isReady() || !moving && !worthRetry(cause) {
		return nil, cause
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if !b.c.conn.Cancelable(cancel) {
		return nil, cause
	}
	if time.Since(b.since) > stableAfter {
		b.attempts = 0
	}
	begin := time.Now()
	report := &Reconnected{Cause: cause}
	if moving {
		report.Cause = nil
	}
	var left uint64
	report.Uncertain, left = b.c.conn.Out.Detach()
	b.c.ask.interrupt(left, ErrReplaced)
	b.c.feed.interrupt(ErrReplaced)

	for last := cause; ; {
		b.attempts++
		if b.attempts > b.o.Attempts {
			return nil, last
		}
		t, err := b.try(ctx, moving && b.attempts == 1, last, left, report)
		if err == nil {
			report.Attempts, report.Down = b.attempts, time.Since(begin)
			return b.resume(t, report)
		}
		if ctx.Err() != nil || !worthRetry(err) {
			return nil, err
		}
		last = err
	}
}

// try makes one attempt, after its pause.
func (b *recovery) try(ctx context.Context, now bool, last error, left uint64, report *Reconnected) (link.Link, error) {
	delay := b.delay(b.attempts)
	if now {
		delay = 0
	}
	b.c.log.Info("realtime reconnecting", "attempt", b.attempts, "delay", delay, "cause", last)
	err := b.c.deliver(delivery{event: &Reconnecting{
		UnknownServerEvent: synthetic("realtime.reconnecting"),
		Attempt:            b.attempts, MaxAttempts: b.o.Attempts, Delay: delay, Cause: last,
	}}, 0)
	if err != nil {
		return nil, err
	}
	if refused, ok := errors.AsType[*APIError](last); ok {
		delay = max(delay, min(refused.RetryAfter, time.Minute))
	}
	if err := ctxerr.Sleep(ctx, delay); err != nil {
		return nil, last
	}
	ctx, cancel := context.WithCancel(ctx)
	if b.o.RestoreTimeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, b.o.RestoreTimeout)
	}
	defer cancel()
	t, u, err := b.route.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, t.Abort)
	err = b.restore(ctx, t, left, report)
	if !stop() && err == nil {
		err = &socket.TransportError{Op: "restore", Err: ctxerr.Of(ctx)}
	}
	if err != nil {
		t.Abort()
		return nil, err
	}
	b.c.moved(u, t)
	return t, nil
}

// resume lets the session go on over t.
func (b *recovery) resume(t link.Link, report *Reconnected) (link.Link, error) {
	b.since = time.Now()
	report.UnknownServerEvent = synthetic("realtime.reconnected")
	if !b.isCall() {
		for _, call := range b.c.conn.Out.Remove(b.hasCall) {
			report.Lost = append(report.Lost, LostItem{CallID: call, Reason: "its function call was not restored"})
		}
	}
	b.schedule()
	b.c.log.Info("realtime reconnected", "attempts", report.Attempts, "restored", len(report.Restored), "lost", len(report.Lost))
	if err := b.c.deliver(delivery{event: report}, 0); err != nil {
		t.Abort()
		return nil, err
	}
	b.c.conn.Resume(t)
	return t, nil
}

func (b *recovery) delay(attempt int) time.Duration {
	d := b.o.InitialDelay
	for range attempt - 1 {
		if d = 2 * d; d >= b.o.MaxDelay {
			break
		}
	}
	if b.o.MaxDelay > 0 {
		d = min(d, b.o.MaxDelay)
	}
	return d - time.Duration(rand.Float64()*float64(d)/4) //nolint:gosec // jitter, no secret
}

// worthRetry reports an end that another attempt may not meet.
func worthRetry(err error) bool {
	for _, fatal := range []error{socket.ErrTooLarge, socket.ErrReceiveQueueFull, ErrNoCredential} {
		if errors.Is(err, fatal) {
			return false
		}
	}
	if isCertificate(err) {
		return false
	}
	if e, ok := errors.AsType[*ServerError](err); ok {
		return e.IsServerError() || e.IsRateLimit()
	}
	if e, ok := errors.AsType[*socket.CloseError](err); ok {
		switch e.Code {
		case 1001, 1005, 1006, 1011, 1012, 1013, 1014:
			return true
		default:
			return false
		}
	}
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Temporary()
	}
	_, broken := errors.AsType[*socket.TransportError](err)
	_, credential := errors.AsType[*CredentialError](err)
	return broken || credential || errors.Is(err, io.ErrUnexpectedEOF)
}

// stop ends the clocks with the session.
func (b *recovery) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	for _, t := range []*time.Timer{b.age, b.bye} {
		if t != nil {
			t.Stop()
		}
	}
}

// observe remembers what an event says of the conversation.
func (b *recovery) observe(e api.ServerEvent) {
	if b.isCall() {
		return
	}
	b.mu.Lock()
	b.past.observe(e)
	due := b.due && !b.moving
	b.mu.Unlock()
	if due {
		b.moveIfQuiet()
	}
}

// sent remembers what an event will change once the server accepts it.
func (b *recovery) sent(id string, seq uint64, e api.ClientEvent) {
	if b.isCall() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.past.sent(id, seq, e)
}

// wrote counts the audio that the server holds and no item has taken up.
func (b *recovery) wrote(f link.Frame) {
	if f.Weight > 0 {
		b.mu.Lock()
		b.past.audio += f.Weight
		b.mu.Unlock()
	}
}
