package realtime

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/mirror"
	"github.com/voicelane/realtime-go/socket"
)

// stableAfter is how long a link must have lived for the next outage to have all its
// attempts. A link that breaks earlier continues the outage.
const stableAfter = 30 * time.Second

// recover returns a new link after one has ended with cause, or the error to end with.
// It runs on the reader's goroutine.
func (b *recovery) recover(cause error) (link.Link, error) {
	left := b.hasLeft()
	if !b.c.first.isReady() || !left && !worthRetry(cause) {
		return nil, cause
	}
	ctx, cancel := context.WithCancel(b.values)
	defer cancel()
	if !b.c.conn.Cancelable(cancel) {
		return nil, cause
	}
	if time.Since(b.since) > stableAfter {
		b.attempts = 0
	}
	begin := time.Now()
	report := &Reconnected{Cause: cause}
	if left {
		report.Cause = nil
	}
	var last uint64 // the place of the last event that the old link took
	report.Uncertain, last = b.c.conn.Out.Detach()
	b.cut(last, report)

	for why := cause; ; {
		b.attempts++
		if b.attempts > b.o.Attempts {
			return nil, why
		}
		t, err := b.try(ctx, left && b.attempts == 1, why, last, report)
		if err == nil {
			report.Attempts, report.Down = b.attempts, time.Since(begin)
			return b.resume(t, report)
		}
		if ctx.Err() != nil || !worthRetry(err) {
			return nil, err
		}
		why = err
	}
}

// try makes one attempt, after its pause unless now is set. Why is the reason for it,
// and last the place of the last event that the old link took.
func (b *recovery) try(ctx context.Context, now bool, why error, last uint64, report *Reconnected) (link.Link, error) {
	delay := b.delay(b.attempts)
	if now {
		delay = 0
	}
	b.c.log.Info("realtime reconnecting", "attempt", b.attempts, "delay", delay, "cause", why)
	err := b.c.deliver(delivery{event: &Reconnecting{
		UnknownServerEvent: synthetic("realtime.reconnecting"),
		Attempt:            b.attempts, MaxAttempts: b.o.Attempts, Delay: delay, Cause: why,
		Interrupted: slices.Clone(report.Interrupted),
	}}, 0)
	if err != nil {
		return nil, err
	}
	if refused, ok := errors.AsType[*APIError](why); ok {
		delay = max(delay, min(refused.RetryAfter, time.Minute))
	}
	if err := ctxerr.Sleep(ctx, delay); err != nil {
		return nil, why
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
	err = b.restore(ctx, t, last, report)
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

// resume makes the session continue over t.
func (b *recovery) resume(t link.Link, report *Reconnected) (link.Link, error) {
	b.since = time.Now()
	report.UnknownServerEvent = synthetic("realtime.reconnected")
	if !b.isCall() {
		b.withdraw(report)
	}
	b.schedule()
	b.c.log.Info("realtime reconnected", "attempts", report.Attempts, "restored", len(report.Restored), "lost", len(report.Lost))
	if err := b.c.deliver(delivery{event: report}, 0); err != nil {
		t.Abort()
		return nil, err
	}
	if !b.c.conn.Resume(t) {
		t.Abort()
		return nil, socket.ErrClosed
	}
	return t, nil
}

// withdraw takes out of the send queue what the new link's server would refuse: outputs
// of calls that are lost, and truncations that have taken effect. Their requests fail.
func (b *recovery) withdraw(report *Reconnected) {
	removed := b.c.conn.Out.Remove(func(f link.Frame) bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return !b.past.Applied(f.Seq) && (f.Key == "" || b.past.HasCall(f.Key))
	})
	for _, f := range removed {
		if f.Key != "" {
			report.Lost = append(report.Lost, LostItem{CallID: f.Key, Reason: mirror.NoCall})
		}
	}
	b.mu.Lock()
	defer b.c.desk.unlock()
	gone := func(seq uint64) bool {
		return slices.ContainsFunc(removed, func(f link.Frame) bool { return f.Seq == seq })
	}
	b.past.Drop(func(a *mirror.Ask) bool { return gone(a.Seq) })
	b.c.desk.refuse(gone, ErrReplaced)
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

// worthRetry reports whether another attempt may succeed after err.
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
