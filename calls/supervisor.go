package calls

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// SIP statuses with which a [Supervisor] declines calls.
const (
	StatusBusy    = 486 // The maximum number of calls is running.
	StatusDecline = 603 // The server's default.
	StatusFailed  = 500 // Plan failed.
)

// SupervisorConfig configures a [Supervisor].
type SupervisorConfig struct {
	// Plan returns the plan for a call. It runs on a goroutine of its own. If the plan
	// is nil, the supervisor neither accepts nor declines the call. If Plan returns an
	// error or panics, the call is declined with [StatusFailed].
	Plan func(ctx context.Context, in *api.RealtimeCallIncoming) (*Plan, error)
	// MaxCalls is the maximum number of concurrent calls, default 100. Further calls
	// are declined with [StatusBusy].
	MaxCalls int
	// Ended, if not nil, is called at the end of each offered call with the result of
	// [Client.Answer]. It may be called concurrently. A panic is logged.
	Ended func(in *api.RealtimeCallIncoming, err error)
	// Grace is how long a Run may take to return after its context has ended, default
	// 5 s. After that its call is ended or left without it.
	Grace time.Duration
	// Logger logs calls that failed. If nil, nothing is logged.
	Logger *slog.Logger
}

// Supervisor runs many calls. It is safe for concurrent use.
type Supervisor struct {
	client *Client
	cfg    SupervisorConfig

	mu     sync.Mutex
	closed bool                        // guarded by mu
	calls  map[string]*offered         // guarded by mu; by call id
	busy   int                         // guarded by mu; entries of calls that are being declined
	left   []*api.RealtimeCallIncoming // guarded by mu; calls that were left since Leave began
}

// offered is a call in progress.
type offered struct {
	in     *api.RealtimeCallIncoming
	cancel context.CancelCauseFunc
	done   chan struct{} // Closed when nothing of the call runs any more.
	run    *running      // guarded by Supervisor.mu; nil until there is a plan
}

// NewSupervisor returns a supervisor that answers calls through client. It returns an
// error if client or cfg.Plan is nil.
func NewSupervisor(client *Client, cfg *SupervisorConfig) (*Supervisor, error) {
	if client == nil || cfg == nil || cfg.Plan == nil {
		return nil, errors.New("calls: the supervisor needs a client and a plan")
	}
	c := *cfg
	if c.MaxCalls <= 0 {
		c.MaxCalls = 100
	}
	if c.Grace <= 0 {
		c.Grace = 5 * time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Supervisor{client: client, cfg: c, calls: map[string]*offered{}}, nil
}

// Offer starts handling a call on a new goroutine and does not block. It returns nil
// without effect if the call is being handled already. It returns [ErrShutdown] after
// Shutdown or Leave, and [ErrBusy] if MaxCalls calls are running and as many are being declined;
// the call then keeps ringing.
func (s *Supervisor) Offer(in *api.RealtimeCallIncoming) error {
	if in == nil || in.Data.CallID == "" {
		return ErrNoCallID
	}
	id := in.Data.CallID
	s.mu.Lock()
	defer s.mu.Unlock()
	full := len(s.calls)-s.busy >= s.cfg.MaxCalls
	switch {
	case s.closed:
		return ErrShutdown
	case s.calls[id] != nil:
		return nil
	case full && s.busy >= s.cfg.MaxCalls:
		return ErrBusy
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	call := &offered{in: in, cancel: cancel, done: make(chan struct{})}
	s.calls[id] = call
	if full {
		s.busy++
	}
	go func() {
		defer close(call.done)
		err := s.serve(ctx, call, full)
		cancel(nil)
		s.done(ctx, in, full, err)
	}()
	return nil
}

func (s *Supervisor) serve(ctx context.Context, call *offered, full bool) error {
	id := call.in.Data.CallID
	if full {
		return errors.Join(ErrBusy, s.client.Reject(ctx, id, StatusBusy, nil))
	}
	plan, err := s.plan(ctx, call.in)
	if err == nil && plan == nil {
		return nil
	}
	rings := true
	if err == nil {
		run := &running{client: s.client, in: call.in, plan: plan}
		s.mu.Lock()
		call.run = run
		s.mu.Unlock()
		rings, err = run.answer(ctx)
	}
	if err != nil && rings && errors.Is(context.Cause(ctx), ErrLeave) {
		return errors.Join(ErrLeave, err) // Another process may answer it.
	}
	if err != nil && rings {
		// The webhook was answered with success, so no other process will decline the
		// call.
		decline, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
		defer cancel()
		_ = s.client.Reject(decline, id, StatusFailed, nil) // The error that is returned came first.
	}
	return err
}

// plan calls cfg.Plan and turns a panic into an error.
func (s *Supervisor) plan(ctx context.Context, in *api.RealtimeCallIncoming) (p *Plan, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &realtime.PanicError{EventType: in.EventType(), Value: v, Stack: debug.Stack()}
		}
	}()
	return s.cfg.Plan(ctx, in)
}

func (s *Supervisor) done(ctx context.Context, in *api.RealtimeCallIncoming, full bool, err error) {
	switch {
	case errors.Is(err, ErrLeave):
		s.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "call left", slog.String("call_id", in.Data.CallID))
	case err != nil:
		s.failed(ctx, in, err)
	}
	s.ended(ctx, in, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, in.Data.CallID)
	if errors.Is(err, ErrLeave) && s.closed {
		s.left = append(s.left, in)
	}
	if full {
		s.busy--
	}
}

func (s *Supervisor) failed(ctx context.Context, in *api.RealtimeCallIncoming, err error) {
	s.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "call failed", slog.String("call_id", in.Data.CallID), slog.Any("error", err))
}

// ended calls cfg.Ended; a panic ends nothing else.
func (s *Supervisor) ended(ctx context.Context, in *api.RealtimeCallIncoming, err error) {
	if s.cfg.Ended == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			p := &realtime.PanicError{EventType: "calls.SupervisorConfig.Ended", Value: v, Stack: debug.Stack()}
			s.cfg.Logger.LogAttrs(ctx, slog.LevelError, "Ended panicked", slog.String("call_id", in.Data.CallID), slog.Any("error", p))
		}
	}()
	s.cfg.Ended(in, err)
}

// Running returns the number of calls in progress, including those that are being
// declined.
func (s *Supervisor) Running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}
