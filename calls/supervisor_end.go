package calls

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// Shutdown refuses further calls and waits for running ones. If ctx ends first,
// Shutdown cancels the calls' contexts with [ErrShutdown] as the cause, waits until all
// calls are hung up, and returns the context's error. Calls whose Run has not returned
// within SupervisorConfig.Grace are hung up nevertheless; the error then also matches
// [*StuckError]. After the end of ctx, Shutdown waits for at most Grace, the longest
// Plan.EndWithin and ten seconds.
func (s *Supervisor) Shutdown(ctx context.Context) error {
	calls := s.close()
	if len(unfinished(ctx, calls)) == 0 {
		return nil
	}
	result := ctxerr.Of(ctx)
	for _, call := range calls {
		call.cancel(ErrShutdown)
	}
	calls = s.wait(ctx, s.cfg.Grace, calls)
	var (
		work  sync.WaitGroup
		stuck StuckError
		rest  []*offered
		bound time.Duration
	)
	for _, call := range calls {
		run := s.runOf(call)
		if run == nil || !run.interrupt(ErrShutdown) {
			rest = append(rest, call)
			bound = max(bound, run.endWithin())
			continue
		}
		stuck.CallIDs = append(stuck.CallIDs, call.in.Data.CallID)
		work.Go(func() {
			if err := run.hangUp(ctx); err != nil {
				s.failed(ctx, call.in, err)
			}
		})
	}
	work.Wait()
	return errors.Join(result, stuck.with(ids(s.wait(ctx, bound+endTimeout, rest))))
}

// Leave refuses further calls and cancels the contexts of running ones with [ErrLeave]
// as the cause: a Run that returns then leaves its call, unless it returns [ErrHangUp] or
// [TransferTo]. If ctx ends first, the sideband sessions of the other calls are closed
// under their Run. Leave returns the calls that were left, also those that ring still:
// [Client.Answer] in another process takes a call that rings, and returns an error that
// matches [ErrAccepted] for one to be resumed. The error matches [*StuckError] if a Run
// has not returned SupervisorConfig.Grace after the end of ctx; its call was left. The
// end of ctx alone is no error.
func (s *Supervisor) Leave(ctx context.Context) ([]*api.RealtimeCallIncoming, error) {
	calls := s.close()
	for _, call := range calls {
		call.cancel(ErrLeave)
	}
	var interrupted []*offered
	for _, call := range unfinished(ctx, calls) {
		if run := s.runOf(call); run != nil && run.interrupt(ErrLeave) {
			interrupted = append(interrupted, call)
		}
	}
	var stuck StuckError
	err := stuck.with(ids(s.wait(ctx, s.cfg.Grace, calls)))
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.left
	s.left = nil
	for _, call := range interrupted {
		if s.calls[call.in.Data.CallID] == call {
			left = append(left, call.in)
		}
	}
	return left, err
}

// close refuses further calls and returns those in progress.
func (s *Supervisor) close() []*offered {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return slices.Collect(maps.Values(s.calls))
}

func (s *Supervisor) runOf(call *offered) *running {
	s.mu.Lock()
	defer s.mu.Unlock()
	return call.run
}

// wait waits for calls for at most d, also if ctx has ended, and returns those that are
// still in progress.
func (s *Supervisor) wait(ctx context.Context, d time.Duration, calls []*offered) []*offered {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d)
	defer cancel()
	return unfinished(ctx, calls)
}

// unfinished waits for calls until ctx ends, and returns those that are still in
// progress.
func unfinished(ctx context.Context, calls []*offered) []*offered {
	var rest []*offered
	for _, call := range calls {
		select {
		case <-call.done:
			continue
		default:
		}
		select {
		case <-call.done:
		case <-ctx.Done():
			rest = append(rest, call)
		}
	}
	return rest
}

func ids(calls []*offered) []string {
	list := make([]string, 0, len(calls))
	for _, call := range calls {
		list = append(list, call.in.Data.CallID)
	}
	return list
}

// endWithin returns how long hanging up may take.
func (r *running) endWithin() time.Duration {
	if r == nil {
		return 0
	}
	return cmp.Or(max(r.plan.EndWithin, 0), endWithin)
}
