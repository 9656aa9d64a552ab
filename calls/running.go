package calls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

// running is one call from start to end.
type running struct {
	client *Client
	in     *api.RealtimeCallIncoming
	plan   *Plan

	mu      sync.Mutex
	session *realtime.Session // guarded by mu; set while Run runs
	forced  error             // guarded by mu; the result of a call that ended or was left before Run returned
}

func (r *running) id() string { return r.in.Data.CallID }

func (r *running) check() error {
	switch {
	case r.in == nil || r.in.Data.CallID == "":
		return ErrNoCallID
	case r.plan == nil:
		return errors.New("calls: the plan is nil")
	case r.client == nil || r.client.rt == nil:
		return errNoClient
	}
	return nil
}

// answer is [Client.Answer]; it also reports whether the call still rings and may be
// declined.
func (r *running) answer(ctx context.Context) (rings bool, err error) {
	if err := r.check(); err != nil {
		return r.in != nil && r.in.Data.CallID != "", err
	}
	if r.plan.Reject != 0 {
		if err := r.plan.before(ctx, Step{Kind: StepReject}); err != nil {
			return false, err
		}
		err := r.client.Reject(ctx, r.id(), r.plan.Reject, nil)
		return err != nil, err
	}
	if err := r.plan.before(ctx, Step{Kind: StepAccept}); err != nil {
		return false, err
	}
	if err := r.client.Accept(ctx, r.id(), r.plan.Session, nil); err != nil {
		e, refused := errors.AsType[*realtime.APIError](err)
		switch {
		case refused && e.IsNotFound():
			return false, fmt.Errorf("%w: %w", ErrOver, err)
		case errors.Is(err, ErrAccepted):
			return false, err
		case !mayHaveHappened(err):
			return true, err
		}
		end := r.giveUp(ctx)
		if errors.Is(end, ErrLeave) {
			return false, errors.Join(ErrLeave, err)
		}
		return end != nil, err
	}
	s, err := r.connect(ctx)
	if err != nil {
		return false, errors.Join(err, r.giveUp(ctx))
	}
	return false, r.run(ctx, s)
}

// resume is [Client.Resume].
func (r *running) resume(ctx context.Context) error {
	if err := r.check(); err != nil {
		return err
	}
	s, err := r.connect(ctx)
	if e, ok := errors.AsType[*realtime.APIError](err); ok && e.IsNotFound() {
		return fmt.Errorf("%w: %w", ErrOver, err)
	}
	if err != nil {
		return err
	}
	return r.run(ctx, s)
}

func (r *running) connect(ctx context.Context) (*realtime.Session, error) {
	return r.client.rt.Connect(ctx, realtime.Call(r.id()), r.plan.Options) //nolint:wrapcheck // The error has its prefix already.
}

// giveUp ends a call that was accepted and to which no session could be connected,
// unless it is to be left.
func (r *running) giveUp(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), ErrLeave) {
		return ErrLeave
	}
	return r.hangUp(ctx)
}

// run runs the plan and ends the call.
func (r *running) run(ctx context.Context, s *realtime.Session) error {
	err := r.plan.before(ctx, Step{Kind: StepRun})
	if err == nil {
		r.begin(s)
		err = r.call(ctx, s)
		if forced := r.returned(); forced != nil {
			return forced
		}
		err = r.conclude(ctx, s, err)
	}
	// A failure to send the last events is not a failure of the call.
	_ = s.Close()
	return err
}

// mayHaveHappened reports whether the server may have accepted the call although Accept
// returned err.
func mayHaveHappened(err error) bool {
	if e, ok := errors.AsType[*realtime.APIError](err); ok {
		return e.Status >= 500 || e.Ambiguous || e.Status < 300
	}
	_, ok := errors.AsType[*socket.TransportError](err)
	return ok
}

// call calls Plan.Run and turns a panic into an error.
func (r *running) call(ctx context.Context, s *realtime.Session) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &realtime.PanicError{EventType: "calls.Plan.Run", Value: v, Stack: debug.Stack()}
		}
	}()
	if r.plan.Run != nil {
		return r.plan.Run(ctx, &Call{Incoming: r.in, Session: s})
	}
	s.Discard()
	select {
	case <-s.Done():
		return s.Err()
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	}
}

func (r *running) begin(s *realtime.Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session = s
}

// returned notes that Run has returned, and returns the result of the call if it did
// not wait for that.
func (r *running) returned() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session = nil
	return r.forced
}

// interrupt closes the sideband session if Run runs, and makes result the result of the
// call: what Run returns has no effect any more. It reports whether Run runs.
func (r *running) interrupt(result error) bool {
	r.mu.Lock()
	s := r.session
	if s != nil {
		r.forced = result
	}
	r.mu.Unlock()
	if s == nil {
		return false
	}
	_ = s.Abort(result) // Its cause is the result.
	return true
}

// conclude ends the call as the result of Run demands: it transfers or hangs up, unless
// the call has ended or is left. It returns the errors other than those that end a call.
func (r *running) conclude(ctx context.Context, s *realtime.Session, result error) error {
	// If Run closed the session itself, the call may still be running.
	status := s.CloseStatus()
	over := errors.Is(s.Err(), io.EOF) && status != nil && !status.Local
	t, transfers := errors.AsType[*transfer](result)
	leaves := errors.Is(result, ErrLeave) || errors.Is(context.Cause(ctx), ErrLeave)
	switch {
	case over:
		return withoutEnd(result)
	case transfers:
		return r.transfer(ctx, t.target, withoutEnd(result))
	case leaves && !errors.Is(result, ErrHangUp):
		if result == nil || errors.Is(result, ErrLeave) || errors.Is(result, context.Canceled) {
			return ErrLeave
		}
		return errors.Join(ErrLeave, withoutEnd(result))
	}
	return errors.Join(withoutEnd(result), r.hangUp(ctx))
}

func (r *running) transfer(ctx context.Context, target string, result error) error {
	if err := r.beforeEnd(ctx, Step{Kind: StepTransfer, Target: target}); err != nil {
		return errors.Join(err, result)
	}
	if err := r.client.refer(ctx, r.id(), target); err != nil {
		return errors.Join(fmt.Errorf("calls: transfer: %w", err), result, r.hangUp(ctx))
	}
	return result
}

// hangUp hangs up within the plan's time, also if ctx has ended. It returns nil if the
// call has ended already.
func (r *running) hangUp(ctx context.Context) error {
	if err := r.beforeEnd(ctx, Step{Kind: StepHangUp}); err != nil {
		return err
	}
	return r.client.end(ctx, r.id(), r.plan.EndWithin)
}

// beforeEnd calls Plan.Before with a context of its own, since ctx may have ended.
func (r *running) beforeEnd(ctx context.Context, step Step) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	return r.plan.before(ctx, step)
}

// withoutEnd removes from err the errors that only mean that the call should end or has
// ended. It keeps the errors that a mux has joined to them.
func withoutEnd(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var kept []error
		for _, e := range joined.Unwrap() {
			kept = append(kept, withoutEnd(e))
		}
		return errors.Join(kept...)
	}
	if _, ok := errors.AsType[*transfer](err); ok || errors.Is(err, ErrHangUp) || errors.Is(err, ErrLeave) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
