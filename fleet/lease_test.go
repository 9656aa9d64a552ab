package fleet

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestARenewalCountsAfterTheNextHeartbeat: before that, a server without a majority may have
// confirmed it, and an older one may be the last that the others have.
func TestARenewalCountsAfterTheNextHeartbeat(t *testing.T) {
	t.Parallel()
	f := &Fleet{cfg: Config{Lease: defaultLease}}
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	w := &work{f: f, beat: &beat{start: start}}
	j := &Job{w: w, proven: start, renewed: []renewal{{at(1000), at(1010)}, {at(2000), at(2020)}, {at(3000), at(3010)}}}
	margin := f.cfg.Lease - f.margin()
	for _, tc := range []struct{ beat, counts int }{{900, 0}, {1005, 0}, {1010, 1000}, {2015, 1000}, {9000, 3000}} {
		w.beat.written.Store(int64(time.Duration(tc.beat) * time.Millisecond))
		assert.Equal(t, at(tc.counts).Add(margin), j.deadline(), "a heartbeat of %d ms", tc.beat)
	}
	assert.Empty(t, j.renewed)
}

// TestALostAnswerGivesNoCallAway: a worker leaves its call, the answer is lost, and another worker
// has the call by the time of the repetition, which would take it from that one.
func TestALostAnswerGivesNoCallAway(t *testing.T) {
	t.Parallel()
	f := alone(t, 10*time.Second)
	g := &Fleet{cfg: f.cfg, names: f.names, nc: f.nc, js: f.js, log: f.log, consumers: f.consumers, calls: f.calls, workers: f.workers}
	lossy := &forgetful{wire: f.nc}
	f.nc = lossy
	first, took := worker(t, f, "first")
	<-took
	_, heir := worker(t, g, "heir")
	first.draining()
	next := <-heir
	assert.Equal(t, 2, next.Epoch())
	require.Eventually(t, func() bool { return len(first.all()) == 0 }, 20*time.Second, 10*time.Millisecond)
	assert.EqualValues(t, 1, lossy.left.Load(), "the call is not left again")
	require.NoError(t, next.check())
}

// forgetful loses the answers to what gives calls away.
type forgetful struct {
	wire
	left atomic.Int32
}

func (l *forgetful) RequestWithContext(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
	m, err := l.wire.RequestWithContext(ctx, subject, data)
	if strings.HasPrefix(string(data), ackLeave) && err == nil {
		l.left.Add(1)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return m, err
}
