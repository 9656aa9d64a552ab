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
	for ctx.Err() == nil {
		if !w.beat.fresh(w.f.cfg.Lease) {
			sleep(ctx, again/4)
			continue
		}
		n := w.places.reserve(ctx, maxPull, 2*len(w.f.consumers))
		if n == 0 {
			return
		}
		if err := w.fetch(ctx, shard, n); err != nil {
			sleep(ctx, again)
		}
	}
}

// fetch takes up to n calls, for which places are reserved. A pull is never cancelled: what
// it brought would wait for the end of its lease.
func (w *work) fetch(ctx context.Context, shard, n int) error {
	batch, err := w.f.consumers[shard].Fetch(n, jetstream.FetchMaxWait(w.pullFor()))
	if err != nil {
		w.places.unreserve(n)
		return err
	}
	for msg := range batch.Messages() {
		n--
		if !w.places.fill() {
			// Unless it is confirmed, the call comes back after a lease.
			_ = w.f.confirm(context.WithoutCancel(ctx), msg.Reply(), ackLeave)
			continue
		}
		w.serving.Go(func() {
			defer w.places.release()
			w.serve(ctx, shard, msg)
		})
	}
	w.places.unreserve(n)
	return batch.Error()
}

// pullFor is longer with many shards, which are pulled from by turns.
func (w *work) pullFor() time.Duration {
	return pullFor * time.Duration(max(1, len(w.f.consumers)/8))
}
