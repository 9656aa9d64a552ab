package fleet

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet/inproc"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// TestAStaleDeliveryTakesNoCall: what has waited in the socket of a frozen process for longer
// than the lease is another worker's call by now.
func TestAStaleDeliveryTakesNoCall(t *testing.T) {
	t.Parallel()
	f := alone(t, 1500*time.Millisecond)
	asked := time.Now()
	batch, err := f.consumers[0].Fetch(1)
	require.NoError(t, err)
	msg := <-batch.Messages()
	require.NotNil(t, msg)
	healthy, took := worker(t, f, "healthy")
	j := <-took
	woken := newWork(f, healthy.client, Worker{ID: "woken", Plan: healthy.cfg.Plan}.withDefaults())
	woken.beat.written.Store(int64(time.Since(woken.beat.start)))
	woken.serve(t.Context(), 0, msg, asked)
	require.NoError(t, j.check())
	have, err := f.calls.Get(t.Context(), j.key)
	require.NoError(t, err)
	e, err := decodeEntry(have.Value())
	require.NoError(t, err)
	assert.Equal(t, "healthy", e.Owner)
	assert.Equal(t, 1, e.Epoch)
}

// TestReadsThatAreNotAnsweredCostNoCall: a renewal must not wait for the check of the owner,
// which a frozen replica may be asked for.
func TestReadsThatAreNotAnsweredCostNoCall(t *testing.T) {
	t.Parallel()
	f := alone(t, 4*time.Second)
	kv := &deaf{states: f.calls, asked: make(chan struct{}, 100)}
	f.calls = kv
	_, took := worker(t, f, "one")
	j := <-took
	kv.is.Store(true)
	for range 2 {
		select {
		case <-kv.asked:
		case <-j.ctx.Done():
			require.NoError(t, context.Cause(j.ctx), "renewals and heartbeats are confirmed")
		}
	}
	require.NoError(t, j.check())
	kv.is.Store(false)
}

// deaf is a bucket that does not answer reads.
type deaf struct {
	states
	is    atomic.Bool
	asked chan struct{}
}

func (d *deaf) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	if !d.is.Load() {
		return d.states.Get(ctx, key)
	}
	d.asked <- struct{}{}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // As the library does without a deadline.
	defer cancel()
	<-ctx.Done()
	return nil, ctx.Err()
}

// alone returns a fleet in this process that has one call.
func alone(t *testing.T, lease time.Duration) *Fleet {
	t.Helper()
	s, err := inproc.Start(t.Context(), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(s.Close)
	f, err := Open(t.Context(), &Config{Conn: s.Conn, Lease: lease, Shards: 1})
	require.NoError(t, err)
	in := &api.RealtimeCallIncoming{}
	in.Data.CallID = "rtc_1"
	require.NoError(t, f.Offer(in))
	return f
}

// worker starts a worker that holds what it takes until the test ends.
func worker(t *testing.T, f *Fleet, id string) (*work, chan *Job) {
	t.Helper()
	rt, err := realtime.NewClient(&realtime.Config{APIKey: "sk-secret", BaseURL: "http://127.0.0.1:1", Proxy: realtime.NoProxy})
	require.NoError(t, err)
	took, done := make(chan *Job, 10), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	w := newWork(f, calls.New(rt), Worker{ID: id, Plan: func(ctx context.Context, j *Job) (*calls.Plan, error) {
		took <- j
		<-ctx.Done()
		return nil, nil //nolint:nilnil // It leaves the call.
	}}.withDefaults())
	go func() { done <- w.work(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return w, took
}
