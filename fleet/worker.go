package fleet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/calls"
)

// Worker says how a process handles calls. Zero fields mean defaults.
type Worker struct {
	// ID names the worker. Default: the host's name, the process id and four random
	// letters. A process that starts again needs another ID.
	ID string
	// Version is shown in [WorkerLoad].
	Version string
	// Capacity is the number of calls and admitted lines at a time. Default 100.
	Capacity int
	// Plan returns the plan for a new call. If the plan is nil, the call is left to another
	// worker for a second, and ended if that happens for ten minutes in a row. If Plan returns an error or panics, the call is declined with
	// [calls.StatusFailed]. Without Plan the worker takes no calls and only admits lines.
	Plan func(ctx context.Context, job *Job) (*calls.Plan, error)
	// Resume returns the plan for a call that another worker has left or has died with, and
	// for one whose session was lost. Its Session is not sent. Default: Plan. If the plan is
	// nil, or Resume fails, the call is left to another worker for a second, as with Plan.
	Resume func(ctx context.Context, job *Job) (*calls.Plan, error)
	// DrainWithin bounds the hand-over of calls, and the wait for admitted lines. Default
	// 10 s. A call whose Once func or tool runs is handed over when that has returned, or
	// after half of DrainWithin.
	DrainWithin time.Duration
	// Ended, if not nil, is called once for each call that this worker has ended, left or
	// lost. It may be called concurrently. The error is nil for a call that has ended as
	// planned; it matches [calls.ErrLeave] for one that was left, [ErrNotOwner] or
	// [ErrStranded] for one that was lost, [calls.ErrOver] for one that ended without this
	// worker, and [ErrNotEnded] for one that could not be ended. It is or wraps a *[StateError]
	// for a call that was ended since no worker could read its state.
	Ended func(job *Job, err error)
}

func (w Worker) withDefaults() Worker {
	if w.ID == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "host"
		}
		w.ID = fmt.Sprintf("%s-%d-%s", host, os.Getpid(), strings.ToLower(rand.Text()[:4]))
	}
	if w.Capacity <= 0 {
		w.Capacity = 100
	}
	if w.DrainWithin <= 0 {
		w.DrainWithin = 10 * time.Second
	}
	if w.Resume == nil {
		w.Resume = w.Plan
	}
	return w
}

// Work takes calls until ctx ends or Drain is called. Then it leaves its calls to other
// workers, waits for admitted lines, and returns nil. It goes on through outages of NATS:
// calls whose lease runs out meanwhile are let go, and calls are taken again afterwards.
// One Work runs at a time.
func (f *Fleet) Work(ctx context.Context, client *calls.Client, cfg *Worker) error {
	if client == nil {
		return errors.New("fleet: client is nil")
	}
	if cfg == nil {
		cfg = &Worker{}
	}
	w := newWork(f, client, cfg.withDefaults())
	f.mu.Lock()
	if f.work != nil {
		f.mu.Unlock()
		return ErrWorking
	}
	f.work = w
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.work = nil
		f.mu.Unlock()
		close(w.done)
	}()
	return w.work(ctx)
}

// Drain makes Work return as the end of its context does, and waits for that or for the
// end of ctx. It returns nil at once if Work does not run. Without other workers, calls
// wait on the server until one comes.
func (f *Fleet) Drain(ctx context.Context) error {
	w := f.working()
	if w == nil {
		return nil
	}
	w.draining()
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Admit takes a place of the worker for a line that cannot be moved to another process,
// such as the media socket of a carrier. It does not block, and returns [ErrFull] if there
// is no place. Call release, once or more often, when the line has ended: a drain waits for
// that up to Worker.DrainWithin.
func (f *Fleet) Admit() (release func(), err error) {
	w := f.working()
	if w == nil || !w.places.admit() {
		return nil, ErrFull
	}
	return w.places.releaser(), nil
}

func (f *Fleet) working() *work {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.work
}
