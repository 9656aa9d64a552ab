package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// finish gives the job its fate, while the lease still holds.
func (w *work) finish(j *Job, fate fate, err error) {
	defer j.cancel(context.Canceled)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(j.ctx), w.f.cfg.Lease)
	defer cancel()
	if !j.settle() {
		return // The drain did not wait for Run.
	}
	var ack error
	switch lost := j.check(); {
	case lost != nil:
		err = errors.Join(lost, err)
	case fate == over:
		ack = j.end(ctx)
	default:
		ack = j.leave(ctx, fate)
	}
	j.unhold()
	j.timer.Stop()
	w.drop(j)
	if ack != nil {
		w.f.log.Warn("fleet: a call comes back when its lease has ended", "call", j.ID(), "error", ack)
	}
	w.ended(j, err)
}

// settle reports whether the caller is the one that gives the job its fate.
func (j *Job) settle() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	first := !j.settled
	j.settled = true
	return first
}

// end removes the call. The entry goes first: a process that dies in between leaves a job
// whose accept fails, and the other order would leave an entry that nothing removes.
func (j *Job) end(ctx context.Context) error {
	if err := j.purge(ctx); err != nil {
		return err
	}
	return j.acknowledge(ctx, ackDone, func(context.Context) (bool, error) { return j.check() == nil, nil })
}

// leave gives the call to another worker, at once or later.
func (j *Job) leave(ctx context.Context, fate fate) error {
	pause := laterFor
	err := j.write(ctx, maxOwn, func(e *entry) {
		e.Owner = ""
		switch fate {
		case later:
			if e.Fails++; e.Fails > maxFails {
				pause = endFor
			}
		case passed:
			e.Passes++
		default:
			e.Passes = 0
		}
	})
	j.unhold()
	if err != nil {
		return err
	}
	body := ackLeave
	if fate == later || fate == passed {
		delay, _ := json.Marshal(map[string]time.Duration{"delay": pause}) //nolint:errchkjson // A number.
		body += " " + string(delay)
	}
	// After the lease, it would be the next owner's call that is left.
	ctx, cancel := context.WithDeadline(ctx, j.deadline())
	defer cancel()
	return j.acknowledge(ctx, body, j.untaken)
}

// acknowledge sends an acknowledgement until it is confirmed or ctx ends. One whose answer was
// lost has been done, maybe: before it is repeated, still decides whether it would hit another
// owner, since it acts on all deliveries of the message.
func (j *Job) acknowledge(ctx context.Context, body string, still func(context.Context) (bool, error)) error {
	for {
		if at, ok := ctx.Deadline(); ok && !time.Now().Before(at) {
			return context.DeadlineExceeded // Of a process that was frozen, the timer may be late.
		}
		err := j.w.f.confirm(ctx, j.reply, body)
		for repeat := false; !repeat; {
			if err == nil || !sleep(ctx, again) {
				return err
			}
			var unread error
			if repeat, unread = still(ctx); unread == nil && !repeat {
				return nil
			}
		}
	}
}

// untaken reports whether no worker has taken the call since this one has left it.
func (j *Job) untaken(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, j.w.f.within())
	defer cancel()
	have, err := j.w.f.calls.Get(ctx, j.key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return have.Revision() <= j.rev, nil
}
