package fleet_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/fleet/internal/natstest"
)

// TestTheLeaderOfAClusterChanges: calls keep their worker while leaders step down and a
// server stops, and new ones are taken.
func TestTheLeaderOfAClusterChanges(t *testing.T) {
	t.Parallel()
	nodes := natstest.Cluster(t, 3)
	var urls []string
	for _, n := range nodes {
		urls = append(urls, n.URL())
	}
	// Servers elect a leader within 4 to 9 s if the former one is gone: the lease is longer.
	cfg := fleet.Config{URL: strings.Join(urls, ","), Lease: 25 * time.Second}
	front, f := open(t, &cfg), open(t, &cfg)
	srv, c := service(t, nil)
	r := newRuns()
	w := work(t, f, c, &fleet.Worker{ID: "one", Plan: r.plan("one")})
	h := hook(t, front)
	ring(t, srv, h.URL)
	x := next(t, r.calls)

	nc := connect(t, cfg.URL)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	for _, of := range []string{"STREAM.LEADER.STEPDOWN.voice_JOBS_0", "CONSUMER.LEADER.STEPDOWN.voice_JOBS_0.workers", "STREAM.LEADER.STEPDOWN.KV_voice_CALLS", "STREAM.LEADER.STEPDOWN.KV_voice_WORKERS"} {
		stepDown(t, nc, of)
		require.NoError(t, x.job.Save(t.Context(), []byte(of)), of)
	}
	leader := leaderOf(t, js, "KV_voice_CALLS")
	for _, n := range nodes {
		if n.Name() == leader {
			n.Stop()
		}
	}
	require.NoError(t, x.job.Save(t.Context(), []byte("without a server")))
	call := ring(t, srv, h.URL)
	y := next(t, r.calls)
	assert.Equal(t, call.ID(), y.job.ID())
	for _, z := range []run{x, y} {
		assert.Equal(t, 1, z.job.Epoch())
		z.end <- calls.ErrHangUp
		require.NoError(t, next(t, w.ended).err)
	}
	assert.Equal(t, 3, replicas(t, js), "by default in a cluster")
}

func stepDown(t *testing.T, nc *nats.Conn, of string) {
	t.Helper()
	require.Eventually(t, func() bool {
		m, err := nc.Request("$JS.API."+of, nil, time.Second)
		return err == nil && strings.Contains(string(m.Data), `"success":true`)
	}, 20*time.Second, 50*time.Millisecond, of)
}

func leaderOf(t *testing.T, js jetstream.JetStream, stream string) string {
	t.Helper()
	var leader string
	require.Eventually(t, func() bool {
		s, err := js.Stream(t.Context(), stream)
		if err != nil || s.CachedInfo().Cluster == nil {
			return false
		}
		leader = s.CachedInfo().Cluster.Leader
		return leader != ""
	}, 20*time.Second, 50*time.Millisecond, stream)
	return leader
}

func replicas(t *testing.T, js jetstream.JetStream) int {
	t.Helper()
	n := 0
	require.Eventually(t, func() bool {
		s, err := js.Stream(t.Context(), "voice_JOBS_0")
		if err == nil {
			n = s.CachedInfo().Config.Replicas
		}
		return err == nil
	}, 20*time.Second, 50*time.Millisecond)
	return n
}

// TestOpenWaitsForALeader: a request to a server of a cluster without a leader is never
// answered.
func TestOpenWaitsForALeader(t *testing.T) {
	t.Parallel()
	nodes := natstest.Cluster(t, 3)
	for _, n := range nodes {
		n.Stop()
	}
	nodes[0].Start(t)
	opened := make(chan error, 1)
	go func() {
		f, err := fleet.Open(context.Background(), &fleet.Config{URL: nodes[0].URL()})
		if err == nil {
			f.Close()
		}
		opened <- err
	}()
	nodes[1].Start(t)
	nodes[2].Start(t)
	require.NoError(t, <-opened)
}

// TestTheQuorumIsLost: a leader alone confirms renewals, and the worker lets its call go
// nevertheless, since no heartbeat is written.
func TestTheQuorumIsLost(t *testing.T) {
	t.Parallel()
	nodes := natstest.Cluster(t, 3)
	cfg := fleet.Config{URL: nodes[0].URL() + "," + nodes[1].URL() + "," + nodes[2].URL(), Lease: 2 * lease}
	f := open(t, &cfg)
	srv, c := service(t, nil)
	r := newRuns()
	w := work(t, f, c, &fleet.Worker{Plan: r.plan("one")})
	call := ring(t, srv, hook(t, f).URL)
	x := next(t, r.calls)
	js, err := jetstream.New(connect(t, cfg.URL))
	require.NoError(t, err)
	leader := leaderOf(t, js, "voice_JOBS_0")
	for _, n := range nodes {
		if n.Name() != leader {
			n.Stop()
		}
	}
	require.ErrorIs(t, next(t, w.ended).err, fleet.ErrStranded)
	<-x.call.Session.Done()
	other := *x.job.Incoming()
	other.Data.CallID = "rtc_other"
	require.Error(t, f.Offer(&other), "the webhook is answered 503")
	for _, n := range nodes {
		if n.Name() != leader {
			n.Start(t)
		}
	}
	y := next(t, r.calls)
	assert.Equal(t, call.ID(), y.job.ID(), "it is attached to again")
	y.end <- calls.ErrHangUp
	for {
		// What was refused may have been stored after all; then it is a call that is over.
		if e := next(t, w.ended); e.job.ID() == call.ID() {
			require.NoError(t, e.err)
			return
		}
	}
}

// TestTheDiskIsFull: calls run and end, none is taken, and Once refuses.
func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	x := newScene(t, natstest.Start(t, 4<<20))
	r := newRuns()
	w := work(t, x.front, client(t, x.api.URL), &fleet.Worker{Plan: r.plan("one")})
	ring(t, x.api, x.hook.URL)
	a := next(t, r.calls)
	js, err := jetstream.New(connect(t, x.nats.URL()))
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "FILL", Subjects: []string{"fill"}})
	require.NoError(t, err)
	for size := 256 << 10; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = js.Publish(t.Context(), "fill", make([]byte, size))
		}
	}
	_, err = a.job.Once(t.Context(), "charge", func(context.Context) ([]byte, error) {
		t.Error("a func runs that is not recorded")
		return nil, nil
	})
	require.Error(t, err)
	other := *a.job.Incoming()
	other.Data.CallID = "rtc_other"
	require.Error(t, x.front.Offer(&other), "the webhook is answered 503")
	// Longer than a lease: that the heartbeat cannot be stored would strand the call.
	beats(t, x.front, 32)
	require.NoError(t, a.job.Check())
	a.end <- calls.ErrHangUp
	require.NoError(t, next(t, w.ended).err)
	require.NoError(t, js.DeleteStream(t.Context(), "FILL"))
	x.empty()
	ring(t, x.api, x.hook.URL)
	next(t, r.calls).end <- calls.ErrHangUp
	require.NoError(t, next(t, w.ended).err)
}

// beats waits until a worker's heartbeat was written n times.
func beats(t *testing.T, f *fleet.Fleet, n int) {
	t.Helper()
	var last time.Time
	require.Eventually(t, func() bool {
		l, err := f.Load(t.Context())
		if err == nil && len(l.Workers) == 1 && l.Workers[0].Seen.After(last) {
			last = l.Workers[0].Seen
			n--
		}
		return n == 0
	}, 30*time.Second, 20*time.Millisecond)
}

// TestTheClockOfTheServerJumps: a server that thinks the leases over gives calls away while
// their workers are well. The fence holds, and the former worker lets go at once.
func TestTheClockOfTheServerJumps(t *testing.T) {
	t.Parallel()
	x := newScene(t, natstest.Start(t, 0))
	c := client(t, x.api.URL)
	r := newRuns()
	work(t, x.front, c, &fleet.Worker{ID: "one", Plan: r.plan("one")})
	call := ring(t, x.api, x.hook.URL)
	a := next(t, r.calls)
	work(t, open(t, &fleet.Config{URL: x.nats.URL(), Lease: lease}), c, &fleet.Worker{ID: "two", Plan: r.plan("two")})
	// The server compares deadlines with its clock: a shorter deadline is a clock that has
	// jumped ahead, to its code.
	js, err := jetstream.New(connect(t, x.nats.URL()))
	require.NoError(t, err)
	jump(t, js, time.Millisecond)
	b := next(t, r.calls)
	jump(t, js, lease)
	// It may have gone to and fro.
	all := []run{a, b}
	var owners []run
	require.Eventually(t, func() bool {
		for len(r.calls) > 0 {
			all = append(all, <-r.calls)
		}
		owners = slices.DeleteFunc(slices.Clone(all), func(y run) bool { return y.job.Save(t.Context(), []byte(y.by)) != nil })
		return len(owners) == 1 && len(call.Sidebands()) == 1
	}, 20*time.Second, 10*time.Millisecond, "one worker has the call, and one session")
	require.Greater(t, owners[0].job.Epoch(), 1)
	for _, y := range all {
		if y != owners[0] {
			require.ErrorIs(t, y.job.Save(t.Context(), nil), fleet.ErrNotOwner)
			next(t, y.call.Session.Done())
		}
	}
	assert.Equal(t, 1, x.accepts(call.ID()))
	owners[0].end <- calls.ErrHangUp
	_, err = call.Ended(t.Context())
	require.NoError(t, err)
}

func jump(t *testing.T, js jetstream.JetStream, deadline time.Duration) {
	t.Helper()
	c, err := js.Consumer(t.Context(), "voice_JOBS_0", "workers")
	require.NoError(t, err)
	cfg := c.CachedInfo().Config
	cfg.AckWait = deadline
	_, err = js.UpdateConsumer(t.Context(), "voice_JOBS_0", cfg)
	require.NoError(t, err, fmt.Sprint(deadline))
}
