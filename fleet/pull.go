package fleet

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// maxPull bounds the calls that one pull brings, and pullFor its time: a worker whose
	// connection is half open is given calls while its pull is open.
	maxPull = 32
	pullFor = 500 * time.Millisecond
)

// pull takes calls of a shard until the worker drains.
func (w *work) pull(ctx context.Context, shard int) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-w.drains:
			cancel()
		case <-ctx.Done():
		}
	}()
	fetches := &trouble{log: w.f.log.With("worker", w.id, "shard", shard), what: "the fetching of calls"}
	for ctx.Err() == nil {
		if !w.beat.fresh(w.f.cfg.Lease) {
			sleep(ctx, again/4)
			continue
		}
		n := w.places.reserve(ctx, maxPull, 2*len(w.f.consumers))
		if n == 0 {
			return
		}
		err := w.fetch(ctx, shard, n)
		if ctx.Err() == nil {
			fetches.note(ctx, err)
		}
		if err != nil {
			sleep(ctx, again)
		}
	}
}

// fetch takes up to n calls, for which places are reserved. A pull is never cancelled: what
// it brought would wait for the end of its lease.
func (w *work) fetch(ctx context.Context, shard, n int) error {
	asked := time.Now()
	batch, err := w.f.consumers[shard].Fetch(n, jetstream.FetchMaxWait(w.pullFor()))
	if err != nil {
		w.places.unreserve(n)
		return err
	}
	for msg := range batch.Messages() {
		n--
		if !w.places.fill() {
			// Unless it is confirmed, the call comes back after a lease.
			if !w.f.stale(asked) {
				_ = w.f.confirm(context.WithoutCancel(ctx), msg.Reply(), ackLeave)
			}
			continue
		}
		w.serving.Go(func() {
			defer w.places.release()
			w.serve(ctx, shard, msg, asked)
		})
	}
	w.places.unreserve(n)
	return batch.Error()
}

// pullFor is longer with many shards, which are pulled from by turns. A drain waits for it,
// and what it brings must not be stale.
func (w *work) pullFor() time.Duration {
	return min(pullFor*time.Duration(max(1, len(w.f.consumers)/8)), max(pullFor, w.f.cfg.Lease/4))
}

// stale reports whether the lease of a delivery that was asked for at a time may be over. The
// delivery may have waited in the socket of a frozen process, and another worker has the call
// by now: nothing must be sent for it.
func (f *Fleet) stale(asked time.Time) bool {
	return time.Since(asked) >= f.cfg.Lease-f.margin()
}
