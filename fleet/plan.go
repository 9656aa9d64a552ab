package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/realtime"
)

// errBefore marks errors of the program's Plan.Before.
var errBefore = errors.New("fleet: Plan.Before")

// wrap returns the plan with the steps of the fleet around it.
func (j *Job) wrap(plan *calls.Plan) *calls.Plan {
	p := *plan
	p.Before = func(ctx context.Context, step calls.Step) error {
		if err := j.step(ctx, step); err != nil || plan.Before == nil {
			return err
		}
		if err := plan.Before(ctx, step); err != nil {
			return fmt.Errorf("%w: %w", errBefore, err)
		}
		return nil
	}
	p.Run = func(ctx context.Context, call *calls.Call) error {
		if err := j.attach(call.Session); err != nil {
			return err
		}
		err := run(ctx, plan, call)
		return j.detach(call.Session, err)
	}
	return &p
}

func run(ctx context.Context, plan *calls.Plan, call *calls.Call) error {
	if plan.Run != nil {
		return plan.Run(ctx, call)
	}
	call.Session.Discard()
	select {
	case <-call.Session.Done():
		return call.Session.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// step writes how far the call has come, before others can see it. An error leaves the
// call as it is.
func (j *Job) step(ctx context.Context, step calls.Step) error {
	switch step.Kind {
	case calls.StepReject, calls.StepAccept:
		return j.check() // The entry says taking since the job was taken.
	case calls.StepRun:
		return j.write(ctx, func(e *entry) { e.Phase, e.Fails = live, 0 })
	case calls.StepTransfer, calls.StepHangUp:
		if !j.progress().attached {
			return errNotAttached // Another attempt may attach; the call goes on.
		}
		err := j.write(ctx, func(e *entry) { e.Phase, e.Target = ending, step.Target })
		if errors.Is(err, errNoSpace) && step.Kind == calls.StepHangUp {
			err = j.check() // Ending a call makes room.
		}
		if err == nil {
			j.mu.Lock()
			j.run.ended = true
			j.mu.Unlock()
		}
		return err
	}
	return fmt.Errorf("fleet: unknown step: %s", step.Kind)
}

// begin begins an attempt to answer or to resume.
func (j *Job) begin() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.run = progress{}
}

func (j *Job) progress() progress {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.run
}

// attach notes the session, so that it can be closed under Run.
func (j *Job) attach(s *realtime.Session) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.gone != nil {
		return j.gone
	}
	j.session = s
	j.run.attached, j.run.since = true, time.Now()
	return nil
}

// detach decides what the end of Run means: a session that was lost is not the end of the
// call.
func (j *Job) detach(s *realtime.Session, result error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.session = nil
	_, transfers := calls.TransferTarget(result)
	if !lost(s) || transfers || errors.Is(result, calls.ErrHangUp) {
		return result
	}
	j.run.lost = true
	return errors.Join(calls.ErrLeave, result)
}

// lost reports whether a session has ended although neither side has closed it for good.
func lost(s *realtime.Session) bool {
	select {
	case <-s.Done():
	default:
		return false
	}
	status := s.CloseStatus()
	return !status.Local && status.Code != normalClosure
}

// normalClosure is the code with which the service closes the session of a call that has
// ended.
const normalClosure = 1000
