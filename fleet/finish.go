package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"time"
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
	return j.acknowledge(ctx, ackDone)
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
	return j.acknowledge(ctx, body)
}

// acknowledge sends an acknowledgement until it is confirmed or ctx ends.
func (j *Job) acknowledge(ctx context.Context, body string) error {
	for {
		if at, ok := ctx.Deadline(); ok && !time.Now().Before(at) {
			return context.DeadlineExceeded // Of a process that was frozen, the timer may be late.
		}
		err := j.w.f.confirm(ctx, j.reply, body)
		if err == nil || !sleep(ctx, again) {
			return err
		}
	}
}
