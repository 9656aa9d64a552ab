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

// SIP statuses that a [Supervisor] declines calls with.
const (
	StatusBusy    = 486 // As many calls run as may.
	StatusDecline = 603 // The server's own default.
	StatusFailed  = 500 // The plan could not be made.
)

// SupervisorConfig says how a [Supervisor] treats calls.
type SupervisorConfig struct {
	// Plan decides about a call. A nil plan leaves it alone, for somebody else
	// to answer; an error declines it with [StatusFailed].
	Plan func(ctx context.Context, in *api.RealtimeCallIncoming) (*Plan, error)
	// MaxCalls bounds how many calls run at once, default 100. The next one is
	// declined with [StatusBusy].
	MaxCalls int
	// Ended, if not nil, is told of the end of each call that was offered, with
	// what [Client.Answer] returned. Several may be told at once.
	Ended func(in *api.RealtimeCallIncoming, err error)
	// Logger hears of calls that failed. Nil is silence.
	Logger *slog.Logger
}

// Supervisor runs many calls. It is safe for concurrent use.
type Supervisor struct {
	client *Client
	cfg    SupervisorConfig
	work   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	calls  map[string]context.CancelCauseFunc
	busy   int // Calls among them that are being declined.
}

// NewSupervisor returns a supervisor that answers calls through client.
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

// Offer takes a call on, and returns before anything is done about it. A call
// that was taken on already is taken as done. It returns [ErrShutdown] after
// Shutdown, and [ErrBusy] when as many calls are being declined as may run; a
// call that it does not take on is left as it was.
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
		// The service has been told that the call is taken: nobody else will.
		decline, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
		defer cancel()
		_ = s.client.Reject(decline, in.Data.CallID, StatusFailed, nil) // The first failure is the one to tell of.
	}
	return err
}

// plan asks for a plan, and takes a panic for an error.
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

// Running returns the number of calls that were taken on and have not ended.
func (s *Supervisor) Running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// Shutdown takes no more calls and waits for those that run. When the context
// ends first, theirs end with [ErrShutdown] as the cause, every call is hung up,
// and Shutdown returns the context's error after that.
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
