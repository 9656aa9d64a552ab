package fleet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/calls"
)

// drain leaves all calls to other workers and waits for admitted lines. Pulls end first:
// otherwise the worker would be given its own calls.
func (w *work) drain(ctx context.Context, pulls *sync.WaitGroup) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.DrainWithin)
	defer cancel()
	w.places.close()
	pulls.Wait()
	for _, j := range w.all() {
		w.serving.Go(func() { j.depart(ctx, w.cfg.DrainWithin/2) })
	}
	left := make(chan struct{})
	go func() {
		defer close(left)
		w.serving.Wait()
	}()
	select {
	case <-left:
	case <-ctx.Done():
		w.force(ctx)
	}
	if !w.places.quiet(ctx) {
		w.f.log.Warn("fleet: the drain has ended with lines that run", "worker", w.id)
	}
}

// depart ends the context of the call, so that Run leaves it, when no Once func runs, or
// after patience.
func (j *Job) depart(ctx context.Context, patience time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for j.busy() && sleep(ctx, again/4) && j.ctx.Err() == nil {
	}
	j.cancel(calls.ErrLeave)
}

// force leaves the calls whose Run has not returned: their sessions are closed under it.
func (w *work) force(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.f.cfg.Lease)
	defer cancel()
	var all sync.WaitGroup
	for _, j := range w.all() {
		all.Go(func() {
			if !j.settle() {
				return
			}
			j.sever()
			stuck := fmt.Errorf("%w: Run ignores the end of its context", calls.ErrLeave)
			err := j.leave(ctx, left)
			j.timer.Stop()
			w.drop(j)
			if err != nil {
				w.f.log.Warn("fleet: a call comes back when its lease has ended", "call", j.ID(), "error", err)
			}
			w.ended(j, stuck)
		})
	}
	all.Wait()
}

// sever closes the session of the call under Run.
func (j *Job) sever() {
	j.mu.Lock()
	s := j.session
	j.mu.Unlock()
	if s != nil {
		_ = s.Abort(calls.ErrLeave) // Its cause is the result.
	}
}
