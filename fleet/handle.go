package fleet

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

// fate is what becomes of a job.
type fate int

const (
	over   fate = iota // The call has ended: the job goes.
	left               // Another worker has the call at once.
	later              // Another worker has the call after a pause: this one has failed.
	passed             // The same, since the program did not want the call.
)

const (
	// maxFails is how often workers try to attach to a call, or to accept it, laterFor
	// apart, before it is ended: a call without control goes on being charged.
	maxFails = 60
	laterFor = time.Second
	// maxPasses is how often in succession the programs of workers leave a call to another
	// one, laterFor apart, before it is ended: a rollback takes minutes.
	maxPasses = 600
	// maxEnds is how often workers try to end a call before it is dropped, endFor apart after
	// the first maxFails: that is an hour, after which the service ends a session itself.
	maxEnds = maxFails + 354
	endFor  = 10 * time.Second
	// maxRefusals is the same for a hang-up that the service refuses for good.
	maxRefusals = 5
	// hangUpWithin bounds one attempt to hang up a call that a former worker was ending.
	hangUpWithin = 10 * time.Second
	// quickLoss is the time within which a session that is lost counts as a failure to
	// attach.
	quickLoss = time.Second
)

var errNotAttached = errors.New("fleet: the call was not attached")

// handle runs the call until it has ended or is left, and returns its fate.
func (j *Job) handle() (fate, error) {
	j.mu.Lock()
	e := j.entry
	j.mu.Unlock()
	switch {
	case e.Fails >= maxEnds:
		return over, errors.Join(ErrNotEnded, j.unread)
	case e.Phase == ending && e.Target == "":
		return j.hangUp()
	case e.Fails >= maxFails, e.Passes >= maxPasses:
		return j.giveUp(e)
	case e.Phase == taking:
		return j.answer(e.Epoch)
	}
	return j.resume()
}

// answer accepts the call. One that was accepted before by a former worker is resumed: to
// accept is asked first, since its answer is certain.
func (j *Job) answer(epoch int) (fate, error) {
	plan, err := j.plan(j.w.cfg.Plan)
	switch {
	case j.leaving():
		return left, calls.ErrLeave
	case err != nil && epoch > 1:
		return j.forsake(fmt.Errorf("fleet: Plan: %w", err))
	case err != nil:
		return j.decline(fmt.Errorf("fleet: Plan: %w", err))
	case plan == nil:
		return passed, calls.ErrLeave
	}
	j.begin()
	err = j.w.client.Answer(j.ctx, j.in, j.wrap(plan))
	run := j.progress()
	e, refused := errors.AsType[*realtime.APIError](err)
	_, lost := errors.AsType[*socket.TransportError](err)
	switch {
	case run.attached || err == nil || j.leaving() || errors.Is(err, calls.ErrLeave) || errors.Is(err, calls.ErrOver):
		return j.result(run, err)
	case errors.Is(err, errStep):
		return passed, err
	case lost, refused && unsure(e):
		return later, err
	case epoch > 1 && (refused || errors.Is(err, calls.ErrAccepted)):
		if fate, resumed := j.resume(); fate != over || !errors.Is(resumed, calls.ErrOver) || errors.Is(err, calls.ErrAccepted) {
			return fate, resumed
		}
		return j.decline(err)
	case errors.Is(err, calls.ErrAccepted):
		return over, err // By another program: no former worker has tried.
	case plan.Reject != 0:
		return later, err
	}
	return j.decline(err)
}

// unsure reports whether another worker, or another attempt, may be able to do what was
// refused.
func unsure(e *realtime.APIError) bool {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return !errors.Is(e, calls.ErrAccepted)
	}
	return e.Status >= 500 || e.Status < 300
}

// resume attaches to the call, and again when its session is lost.
func (j *Job) resume() (fate, error) {
	quick := 0 // losses in succession
	for {
		plan, err := j.plan(j.w.cfg.Resume)
		switch {
		case j.leaving():
			return left, calls.ErrLeave
		case err != nil:
			return passed, fmt.Errorf("fleet: Resume: %w", err)
		case plan == nil:
			return passed, calls.ErrLeave
		}
		j.begin()
		err = j.w.client.Resume(j.ctx, j.in, j.wrap(plan))
		run := j.progress()
		switch {
		case run.lost && !j.leaving():
			if quick++; time.Since(run.since) >= quickLoss {
				quick = 0
			}
			if quick <= 1 {
				continue
			}
			return later, err
		case run.attached || err == nil || j.leaving() || errors.Is(err, calls.ErrLeave) || errors.Is(err, calls.ErrOver):
			return j.result(run, err)
		}
		return later, err
	}
}

// result is the fate of a call whose Run was called, or that is over or left.
func (j *Job) result(run progress, err error) (fate, error) {
	switch {
	case run.lost && !j.leaving():
		return j.resume()
	case j.leaving():
		return left, err
	case errors.Is(err, calls.ErrLeave):
		return passed, err // Run wants another worker.
	case err == nil, errors.Is(err, calls.ErrOver):
		return over, err
	case !run.attached:
		return later, err
	case run.ended:
		fate, hangUp := j.hangUp()
		return fate, errors.Join(err, hangUp)
	case errors.Is(err, errStep):
		return passed, err // The call goes on: it was neither hung up nor transferred.
	}
	return over, err // The service has closed the session.
}

// hangUp hangs up a call whose entry says so already.
func (j *Job) hangUp() (fate, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(j.ctx), hangUpWithin)
	defer cancel()
	err := j.w.client.Hangup(ctx, j.ID(), nil)
	e, refused := errors.AsType[*realtime.APIError](err)
	switch {
	case err == nil, refused && e.IsNotFound():
		return over, j.unread
	case refused && !unsure(e) && j.fails() >= maxRefusals:
		return over, errors.Join(ErrNotEnded, err)
	}
	return later, err
}

// giveUp ends a call that no worker could accept or attach to.
func (j *Job) giveUp(e entry) (fate, error) {
	failed := fmt.Errorf("%w in %d attempts, and is ended", errNotAttached, e.Fails)
	switch {
	case j.unread != nil:
		failed = j.unread
	case e.Fails < maxFails:
		failed = fmt.Errorf("fleet: the programs of %d workers did not want the call, and it is ended", e.Passes)
	}
	if e.Phase == taking {
		return j.forsake(failed)
	}
	return j.abandon(failed)
}

// forsake declines a call that rings, and hangs up one that a former worker has accepted,
// because of why.
func (j *Job) forsake(why error) (fate, error) {
	if fate, err := j.decline(why); fate != over {
		return fate, err
	}
	return j.abandon(why)
}

// abandon hangs up because of why.
func (j *Job) abandon(why error) (fate, error) {
	if err := j.write(j.ctx, maxOwn, func(e *entry) { e.Phase, e.Target, e.Fails = ending, "", 0 }); err != nil {
		return later, err
	}
	fate, err := j.hangUp()
	if errors.Is(err, why) {
		return fate, err
	}
	return fate, errors.Join(why, err)
}

// decline refuses a call that rings, because of why. A call that does not ring is left as
// it is.
func (j *Job) decline(why error) (fate, error) {
	err := j.w.client.Answer(j.ctx, j.in, j.wrap(&calls.Plan{Reject: calls.StatusFailed}))
	e, refused := errors.AsType[*realtime.APIError](err)
	switch {
	case j.leaving():
		return left, err
	case err == nil, refused && !unsure(e):
		return over, why
	}
	return later, errors.Join(why, err)
}

// plan calls Worker.Plan or Worker.Resume and turns a panic into an error.
func (j *Job) plan(f func(context.Context, *Job) (*calls.Plan, error)) (p *calls.Plan, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &realtime.PanicError{EventType: "fleet.Worker.Plan", Value: v, Stack: debug.Stack()}
		}
	}()
	return f(j.ctx, j)
}

// leaving reports whether the worker drains or has lost the call.
func (j *Job) leaving() bool { return j.ctx.Err() != nil }

// fails returns how many attempts have failed before this one.
func (j *Job) fails() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.entry.Fails
}
