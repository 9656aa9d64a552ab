package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// beat is the heartbeat of a worker. It is written to a bucket, which needs a quorum.
type beat struct {
	start   time.Time
	written atomic.Int64 // when the last stored one was sent, in nanoseconds after start; 0: never
}

func newBeat() *beat { return &beat{start: time.Now()} }

// at returns when the latest stored heartbeat was sent.
func (b *beat) at() time.Time { return b.start.Add(time.Duration(b.written.Load())) }

// fresh reports whether jobs may be taken: what a worker takes on an old heartbeat, it
// loses at once.
func (b *beat) fresh(lease time.Duration) bool {
	return b.written.Load() != 0 && time.Since(b.at()) < lease/2
}

// beatsInLease is how often a heartbeat is written in a lease: a renewal counts after the next one.
const beatsInLease = 16

// pulse writes the heartbeat until ctx ends, and then removes it.
func (w *work) pulse(ctx context.Context) {
	key := token(w.id)
	beats := &trouble{log: w.f.log.With("worker", w.id), what: "the heartbeat"}
	for {
		pause := w.f.cfg.Lease / beatsInLease
		sent := time.Since(w.beat.start)
		data, err := json.Marshal(w.load())
		if err == nil {
			attempt, cancel := context.WithTimeout(ctx, w.f.within())
			_, err = w.f.workers.Put(attempt, key, data)
			if errors.Is(err, jetstream.ErrNoStreamResponse) {
				// A single server that restarts has lost the bucket, which is in memory.
				_, _ = w.f.js.CreateKeyValue(attempt, w.f.workersConfig()) // The next beat tells.
			}
			cancel()
		}
		if ctx.Err() == nil {
			beats.note(ctx, err)
		}
		if err == nil {
			w.beat.written.Store(int64(max(sent, 1)))
		} else {
			pause = again
		}
		if !sleep(ctx, pause) {
			break
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.f.within())
	defer cancel()
	_ = w.f.workers.Delete(last, key) // It goes by itself after a minute.
}
