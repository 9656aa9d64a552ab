package realtime

import (
	"context"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/mirror"
	"github.com/voicelane/realtime-go/internal/outage"
	"github.com/voicelane/realtime-go/internal/restore"
	"github.com/voicelane/realtime-go/socket"
)

// recover returns a new link after one has ended with cause, or the error to end with.
// It runs on the reader's goroutine.
func (b *recovery) recover(cause error) (link.Link, error) {
	left := b.hasLeft()
	if !b.c.first.IsReady() || !left && !worthRetry(cause) {
		return nil, cause
	}
	ctx, cancel := context.WithCancel(b.values)
	defer cancel()
	if !b.c.conn.Cancelable(cancel) {
		return nil, cause
	}
	begin := time.Now()
	o := &replaced{b: b, report: &Reconnected{Cause: cause}}
	if left {
		o.report.Cause = nil
	}
	uncertain, last := b.c.conn.Out.Detach()
	o.last = last
	b.cut(last, uncertain, o.report)
	b.route.renewed, b.refused = false, nil
	t, err := b.outage.Replace(ctx, cause, left, o)
	if err != nil {
		return nil, err
	}
	o.report.Attempts, o.report.Down = b.outage.Attempts(), time.Since(begin)
	return b.resume(t, o)
}

// replaced is one outage of a Session.
type replaced struct {
	b      *recovery
	last   uint64 // the place of the last event that the old link took
	report *Reconnected
	result *restore.Restoration // of the latest attempt
}

func (o *replaced) Announce(attempt int, delay time.Duration, why error) error {
	o.b.c.log.Info("realtime reconnecting", "attempt", attempt, "delay", delay, "cause", why)
	return o.b.c.tell(&Reconnecting{
		UnknownServerEvent: synthetic("realtime.reconnecting"),
		Attempt:            attempt, MaxAttempts: o.b.o.Attempts, Delay: delay, Cause: why,
		Interrupted: slices.Clone(o.report.Interrupted),
	})
}

func (o *replaced) Establish(ctx context.Context) (link.Link, error) {
	t, u, err := o.b.route.dial(ctx)
	if err != nil {
		return nil, err
	}
	if err := outage.Restore(ctx, t, func() (err error) {
		o.result, err = o.b.restore(ctx, t, o.last)
		return err
	}); err != nil {
		return nil, err
	}
	o.b.c.moved(u, t)
	return t, nil
}

// resume makes the session continue over t.
func (b *recovery) resume(t link.Link, o *replaced) (link.Link, error) {
	report := o.report
	report.UnknownServerEvent = synthetic("realtime.reconnected")
	if !b.isCall() {
		b.carriedOver(o.result, o.last, report)
		b.withdraw(report)
	}
	b.schedule()
	b.c.log.Info("realtime reconnected", "attempts", report.Attempts, "restored", len(report.Restored), "lost", len(report.Lost))
	if err := b.c.tell(report); err != nil {
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
// of calls and answers to requests for approvals that are lost, and truncations that have
// taken effect. Their requests fail.
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
