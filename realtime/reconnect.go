package realtime

import (
	"context"
	"time"

	"github.com/voicelane/realtime-go/internal/link"
)

// recover returns a new link after one has ended with cause, or the error to end with.
// It runs on the reader's goroutine.
func (b *recovery) recover(cause error) (link.Link, error) {
	left := b.hasLeft()
	if !b.c.first.isReady() || !left && !worthRetry(cause) {
		return nil, cause
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if !b.c.conn.Cancelable(cancel) {
		return nil, cause
	}
	begin := time.Now()
	o := &replaced{b: b, report: &Reconnected{Cause: cause}}
	if left {
		o.report.Cause = nil
	}
	o.report.Uncertain, o.last = b.c.conn.Out.Detach()
	b.c.desk.interrupt(o.last, ErrReplaced)
	t, err := b.outage.replace(ctx, cause, left, o)
	if err != nil {
		return nil, err
	}
	o.report.Attempts, o.report.Down = b.outage.attempts, time.Since(begin)
	return b.resume(t, o.report)
}

// replaced is one outage of a Session.
type replaced struct {
	b      *recovery
	last   uint64 // the place of the last event that the old link took
	report *Reconnected
}

func (o *replaced) announce(attempt int, delay time.Duration, why error) error {
	o.b.c.log.Info("realtime reconnecting", "attempt", attempt, "delay", delay, "cause", why)
	return o.b.c.deliver(delivery{event: &Reconnecting{
		UnknownServerEvent: synthetic("realtime.reconnecting"),
		Attempt:            attempt, MaxAttempts: o.b.o.Attempts, Delay: delay, Cause: why,
	}}, 0)
}

func (o *replaced) establish(ctx context.Context) (link.Link, error) {
	t, u, err := o.b.route.dial(ctx)
	if err != nil {
		return nil, err
	}
	if err := restored(ctx, t, func() error { return o.b.restore(ctx, t, o.last, o.report) }); err != nil {
		return nil, err
	}
	o.b.c.moved(u, t)
	return t, nil
}

// resume makes the session continue over t.
func (b *recovery) resume(t link.Link, report *Reconnected) (link.Link, error) {
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
