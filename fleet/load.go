package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Load is what a fleet has to do, and what it can do.
type Load struct {
	// Waiting is the number of calls that no worker has, Held of those that one has, and of
	// admitted lines. Capacity is the number of places of live workers that do not drain.
	Waiting, Held, Capacity int
	// Oldest is how long the call that has waited longest for its first worker has waited.
	Oldest time.Duration
	// Workers are the live workers, sorted by ID.
	Workers []WorkerLoad
}

// WorkerLoad is the heartbeat of a worker.
type WorkerLoad struct {
	ID       string `json:"id"`
	Version  string `json:"version,omitempty"`
	Held     int    `json:"held"`
	Lines    int    `json:"lines,omitempty"` // of Held, the admitted lines
	Capacity int    `json:"capacity"`
	Draining bool   `json:"draining,omitempty"`
	// Seen is the time of the heartbeat on the server's clock.
	Seen time.Time `json:"-"`
}

// Load reads the state of the fleet, for autoscaling and for a page. Workers write theirs
// 16 times in a lease; one that has written none for two leases is not live.
func (f *Fleet) Load(ctx context.Context) (*Load, error) {
	l := &Load{}
	jobs, now := 0, time.Time{}
	for _, c := range f.consumers {
		n, at, oldest, err := f.backlog(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("fleet: load: %w", err)
		}
		jobs += n
		now = at
		l.Oldest = max(l.Oldest, oldest)
	}
	if err := f.readWorkers(ctx, l, now); err != nil {
		return nil, fmt.Errorf("fleet: load: %w", err)
	}
	inHand := 0
	for _, w := range l.Workers {
		l.Held += w.Held
		inHand += w.Held - w.Lines
		if !w.Draining {
			l.Capacity += w.Capacity
		}
	}
	l.Waiting = max(0, jobs-inHand)
	return l, nil
}

// backlog returns the number of calls of a shard, the server's time, and how long the
// first call that no worker was given waits.
func (f *Fleet) backlog(ctx context.Context, c jetstream.Consumer) (int, time.Time, time.Duration, error) {
	info, err := c.Info(ctx)
	if err != nil {
		return 0, time.Time{}, 0, err
	}
	s, err := f.js.Stream(ctx, info.Stream)
	if err != nil {
		return 0, time.Time{}, 0, err
	}
	state := s.CachedInfo()
	if info.NumPending == 0 {
		return int(state.State.Msgs), state.TimeStamp, 0, nil //nolint:gosec // A count of messages.
	}
	first, err := s.GetMsg(ctx, info.Delivered.Stream+1, jetstream.WithGetMsgSubject(state.Config.Subjects[0]))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return int(state.State.Msgs), state.TimeStamp, 0, nil //nolint:gosec // As above.
	}
	if err != nil {
		return 0, time.Time{}, 0, err
	}
	return int(state.State.Msgs), state.TimeStamp, max(0, state.TimeStamp.Sub(first.Time)), nil //nolint:gosec // As above.
}

func (f *Fleet) readWorkers(ctx context.Context, l *Load, now time.Time) error {
	all, err := f.workers.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return err
	}
	defer func() { _ = all.Stop() }() // It fails with the connection.
	for {
		var e jetstream.KeyValueEntry
		select {
		case e = <-all.Updates():
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if e == nil {
			break
		}
		var w WorkerLoad
		if json.Unmarshal(e.Value(), &w) != nil || now.Sub(e.Created()) > 2*f.cfg.Lease {
			continue
		}
		w.Seen = e.Created()
		l.Workers = append(l.Workers, w)
	}
	slices.SortFunc(l.Workers, func(a, b WorkerLoad) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}
