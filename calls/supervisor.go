package calls

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"

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
	// [Client.Answer]. It may be called concurrently.
	Ended func(in *api.RealtimeCallIncoming, err error)
	// Logger logs calls that failed. If nil, nothing is logged.
	Logger *slog.Logger
}

// Supervisor runs many calls. It is safe for concurrent use.
type Supervisor struct {
	client *Client
	cfg    SupervisorConfig
	work   sync.WaitGroup

	mu     sync.Mutex
	closed bool                               // guarded by mu
	calls  map[string]context.CancelCauseFunc // guarded by mu; by call id
	busy   int                                // guarded by mu; entries of calls that are being declined
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
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Supervisor{client: client, cfg: c, calls: map[string]context.CancelCauseFunc{}}, nil
}

// Offer starts handling a call on a new goroutine and does not block. It returns nil
// without effect if the call is being handled already. It returns [ErrShutdown] after
// Shutdown, and [ErrBusy] if MaxCalls calls are running and as many are being declined;
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
	s.calls[id] = cancel
	if full {
		s.busy++
	}
	s.work.Go(func() {
		err := s.serve(ctx, in, full)
		cancel(nil)
		s.done(ctx, in, full, err)
	})
	return nil
}

func (s *Supervisor) serve(ctx context.Context, in *api.RealtimeCallIncoming, full bool) error {
	if full {
		return errors.Join(ErrBusy, s.client.Reject(ctx, in.Data.CallID, StatusBusy, nil))
	}
	plan, err := s.plan(ctx, in)
	if err == nil && plan == nil {
		return nil
	}
	rings := true
	if err == nil {
		rings, err = s.client.answer(ctx, in, plan)
	}
	if err != nil && rings {
		// The webhook was answered with success, so no other process will decline the
		// call.
		decline, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
		defer cancel()
		_ = s.client.Reject(decline, in.Data.CallID, StatusFailed, nil) // The error that is returned came first.
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
	if err != nil {
		s.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "call failed", slog.String("call_id", in.Data.CallID), slog.Any("error", err))
	}
	if s.cfg.Ended != nil {
		s.cfg.Ended(in, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, in.Data.CallID)
	if full {
		s.busy--
	}
}

// Running returns the number of calls in progress, including those that are being
// declined.
func (s *Supervisor) Running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// Shutdown refuses further calls and waits for running ones. If ctx ends first,
// Shutdown cancels the calls' contexts with [ErrShutdown] as the cause, waits until all
// calls are hung up, and returns the context's error.
func (s *Supervisor) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return drain(ctx, &s.work, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, cancel := range s.calls {
			cancel(ErrShutdown)
		}
	})
}
