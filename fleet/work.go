package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/voicelane/realtime-go/calls"
)

// work is one run of Work.
type work struct {
	f      *Fleet
	id     string
	client *calls.Client
	cfg    Worker
	places *places
	beat   *beat

	draining func()        // begins the drain
	drains   chan struct{} // closed when the drain begins
	done     chan struct{} // closed when Work returns
	serving  sync.WaitGroup

	mu   sync.Mutex
	jobs map[string]*Job // guarded by mu; by key; the calls of this worker

	unread map[string]int // guarded by mu; by key; how often the state of a call could not be read
}

func newWork(f *Fleet, client *calls.Client, cfg Worker) *work {
	w := &work{
		f: f, id: cfg.ID, client: client, cfg: cfg,
		places: newPlaces(cfg.Capacity), beat: newBeat(),
		drains: make(chan struct{}), done: make(chan struct{}), jobs: map[string]*Job{},
		unread: map[string]int{},
	}
	w.draining = sync.OnceFunc(func() { close(w.drains) })
	return w
}

func (w *work) work(ctx context.Context) error {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	var beats sync.WaitGroup
	beats.Go(func() { w.pulse(life) })
	defer beats.Wait()
	defer end()
	hints, err := w.f.nc.Subscribe(w.f.names.taken(w.id), w.hinted)
	if err != nil {
		return fmt.Errorf("fleet: work: %w", err)
	}
	defer func() { _ = hints.Unsubscribe() }() // It fails with the connection.

	var pulls sync.WaitGroup
	if w.cfg.Plan != nil {
		for shard := range w.f.consumers {
			pulls.Go(func() { w.pull(life, shard) })
		}
	}
	select {
	case <-ctx.Done():
		w.draining()
	case <-w.drains:
	}
	w.drain(life, &pulls)
	return nil
}

// add makes j one of the worker's calls, unless the worker has the call.
func (w *work) add(j *Job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.jobs[j.key] != nil {
		return false
	}
	w.jobs[j.key] = j
	return true
}

// drop removes j, and nothing if another job for the call has taken its place.
func (w *work) drop(j *Job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.jobs[j.key] == j {
		delete(w.jobs, j.key)
	}
}

func (w *work) all() []*Job {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]*Job, 0, len(w.jobs))
	for _, j := range w.jobs {
		all = append(all, j)
	}
	return all
}

// hint is sent to a worker whose call was taken. It may be lost: the fence does not need
// it.
type hint struct {
	Key   string `json:"key"`
	Epoch int    `json:"epoch"`
}

func (w *work) hinted(m *nats.Msg) {
	var h hint
	if json.Unmarshal(m.Data, &h) != nil {
		return
	}
	w.mu.Lock()
	j := w.jobs[h.Key]
	w.mu.Unlock()
	if j != nil && j.Epoch() < h.Epoch {
		j.lose(ErrNotOwner)
	}
}

func (w *work) load() WorkerLoad {
	held, lines, draining := w.places.count()
	return WorkerLoad{ID: w.id, Version: w.cfg.Version, Held: held, Lines: lines, Capacity: w.cfg.Capacity, Draining: draining}
}

// ended calls Worker.Ended.
func (w *work) ended(j *Job, err error) {
	logger := w.f.log.With("call", j.ID(), "epoch", j.Epoch())
	switch {
	case err == nil:
		logger.Debug("fleet: call ended")
	case errors.Is(err, ErrNotEnded):
		logger.Error("fleet: a call could not be ended, and may go on at the service", "error", err)
	default:
		logger.Info("fleet: call ended, left or lost", "error", err)
	}
	if w.cfg.Ended == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			logger.Error("fleet: Worker.Ended has panicked", "panic", v)
		}
	}()
	w.cfg.Ended(j, err)
}
