package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/fleet/internal/natstest"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestAWebhookTwice: two fronts get the same webhook, while the call lives and after it has
// ended.
func TestAWebhookTwice(t *testing.T) {
	t.Parallel()
	x := newScene(t, natstest.Start(t, 0))
	other := open(t, &fleet.Config{URL: x.nats.URL(), Lease: lease})
	c := client(t, x.api.URL)
	r := newRuns()
	w := work(t, other, c, &fleet.Worker{Plan: r.plan("one")})
	call := ring(t, x.api, x.hook.URL)
	y := next(t, r.calls)
	for _, f := range []*fleet.Fleet{x.front, other, x.front} {
		require.NoError(t, f.Offer(y.job.Incoming()))
	}
	y.end <- calls.ErrHangUp
	require.NoError(t, next(t, w.ended).err)
	require.NoError(t, other.Offer(y.job.Incoming()))
	assert.Equal(t, 1, x.accepts(call.ID()))
	x.empty()
	require.ErrorIs(t, x.front.Offer(&api.RealtimeCallIncoming{}), calls.ErrNoCallID)
}

// TestARepeatedWebhookDoesNotStealACall: one that is stored after all, such as on another
// shard, is dropped while the first job lives.
func TestARepeatedWebhookDoesNotStealACall(t *testing.T) {
	t.Parallel()
	x := newScene(t, natstest.Start(t, 0))
	c := client(t, x.api.URL)
	r := newRuns()
	work(t, open(t, &fleet.Config{URL: x.nats.URL(), Lease: lease}), c, &fleet.Worker{ID: "one", Plan: r.plan("one")})
	call := ring(t, x.api, x.hook.URL)
	y := next(t, r.calls)
	js, err := jetstream.New(connect(t, x.nats.URL()))
	require.NoError(t, err)
	// Four shards in place of one: the call has another subject now, unless it stays in 0.
	grown := open(t, &fleet.Config{URL: x.nats.URL(), Lease: lease, Shards: 4})
	work(t, grown, c, &fleet.Worker{ID: "two", Plan: r.plan("two")})
	body, err := y.job.Incoming().MarshalJSON()
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "voice.job.3."+call.ID(), body)
	require.NoError(t, err)
	s, err := js.Stream(t.Context(), "voice_JOBS_3")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		info, err := s.Info(t.Context())
		return err == nil && info.State.Msgs == 0
	}, 10*time.Second, 10*time.Millisecond, "the second job is dropped")
	require.NoError(t, y.job.Save(t.Context(), []byte("mine")))
	y.end <- calls.ErrHangUp
	end, err := call.Ended(t.Context())
	require.NoError(t, err)
	assert.Equal(t, realtimetest.EndHangup, end.By)
	assert.Empty(t, r.calls)

	_, err = fleet.Open(t.Context(), &fleet.Config{URL: x.nats.URL(), Lease: lease, Shards: 2})
	var differs *fleet.ConfigError
	require.ErrorAs(t, err, &differs)
	assert.Equal(t, "Shards", differs.Settings[0].Name)
}

// TestNATSIsDownAtAWebhook: the webhook is refused, and delivered again.
func TestNATSIsDownAtAWebhook(t *testing.T) {
	t.Parallel()
	x := newScene(t, natstest.Start(t, 0))
	x.nats.Stop()
	_, err := x.api.Ring(t.Context(), &realtimetest.Ringing{
		URL: x.hook.URL, Secret: hookSecret, Client: http.DefaultClient, Deliveries: 1, From: "<tel:+15550100>", To: "<sip:desk@example.com>",
	})
	require.ErrorContains(t, err, "503")
	x.nats.Start(t)
	p := x.process("one", "")
	p.until(t, "up")
	call := ring(t, x.api, x.hook.URL)
	assert.Equal(t, call.ID(), p.until(t, "once").Call)
	call.HangUp()
	p.until(t, "ended")
	x.empty()
}

// TestNATSRestarts: calls keep their owner through a short outage, and Work goes on.
func TestNATSRestarts(t *testing.T) {
	t.Parallel()
	n := natstest.Start(t, 0)
	f := open(t, &fleet.Config{URL: n.URL(), Lease: 10 * time.Second})
	srv, c := service(t, nil)
	r := newRuns()
	w := work(t, f, c, &fleet.Worker{Plan: r.plan("one")})
	h := hook(t, f)
	call := ring(t, srv, h.URL)
	x := next(t, r.calls)
	n.Stop()
	n.Start(t)
	require.NoError(t, x.job.Save(t.Context(), []byte("after")))
	assert.Equal(t, 1, x.job.Epoch())
	ring(t, srv, h.URL)
	next(t, r.calls).end <- calls.ErrHangUp
	require.NoError(t, next(t, w.ended).err)
	call.HangUp()
	require.NoError(t, next(t, w.ended).err)
	empty(t, connect(t, n.URL()))
}

// TestAWorkerIsCutOffFromNATS: it can reach the service. It closes its sessions before
// others attach, and takes calls again when it is back.
func TestAWorkerIsCutOffFromNATS(t *testing.T) {
	t.Parallel()
	x := newScene(t, natstest.Start(t, 0))
	p := newProxy(t, x.nats.Addr())
	c := client(t, x.api.URL)
	r := newRuns()
	cut := open(t, &fleet.Config{URL: "nats://" + p.addr, Lease: lease})
	w := work(t, cut, c, &fleet.Worker{ID: "cut off", Plan: r.plan("cut off")})
	call := ring(t, x.api, x.hook.URL)
	a := next(t, r.calls)
	heir := work(t, open(t, &fleet.Config{URL: x.nats.URL(), Lease: lease}), c, &fleet.Worker{ID: "heir", Plan: r.plan("heir")})
	p.cut()
	b := next(t, r.calls)
	assert.Equal(t, "heir", b.by)
	select {
	case <-a.call.Session.Done():
	default:
		t.Error("two workers have a session at the same time")
	}
	lost := next(t, w.ended)
	require.ErrorIs(t, lost.err, fleet.ErrStranded)
	require.ErrorIs(t, a.job.Save(t.Context(), nil), fleet.ErrStranded)
	require.Error(t, cut.Offer(a.job.Incoming()))
	b.end <- calls.ErrHangUp
	require.NoError(t, next(t, heir.ended).err)
	assert.Equal(t, 1, x.accepts(call.ID()))

	heir.stop()
	heir.wait(t)
	p.heal()
	ring(t, x.api, x.hook.URL)
	back := next(t, r.calls)
	assert.Equal(t, "cut off", back.by)
	back.end <- calls.ErrHangUp
	require.NoError(t, next(t, w.ended).err)
	x.empty()
}

// TestARollingDeploy replaces three workers one after another under twelve calls.
func TestARollingDeploy(t *testing.T) {
	t.Parallel()
	const n = 12
	x := newScene(t, natstest.Start(t, 0))
	c := client(t, x.api.URL)
	r := newRuns()
	start := func(id string) *working {
		f := open(t, &fleet.Config{URL: x.nats.URL()})
		return work(t, f, c, &fleet.Worker{ID: id, Capacity: n, Plan: r.plan(id)})
	}
	x.front = nil // Its lease differs.
	require.NoError(t, deleteAll(t, x.nats.URL()))
	old := []*working{start("old 0"), start("old 1"), start("old 2")}
	h := hook(t, old[0].fleet)
	phones := map[string]*realtimetest.PhoneCall{}
	for range n {
		call := ring(t, x.api, h.URL)
		phones[call.ID()] = call
		next(t, r.calls)
	}
	latest := map[string]run{}
	for i, w := range old {
		start(fmt.Sprint("new ", i))
		require.NoError(t, w.fleet.Drain(t.Context()))
		for range len(w.ended) {
			left := next(t, w.ended)
			require.ErrorIs(t, left.err, calls.ErrLeave)
			again := next(t, r.calls)
			latest[again.job.ID()] = again
		}
	}
	assert.Len(t, latest, n, "each call was handed over")
	for id, y := range latest {
		assert.True(t, strings.HasPrefix(y.by, "new"), y.by)
		assert.Equal(t, 1, x.accepts(id))
		y.end <- calls.ErrHangUp
		end, err := phones[id].Ended(t.Context())
		require.NoError(t, err)
		assert.Equal(t, realtimetest.EndHangup, end.By)
	}
}

// TestASessionIsLost: its call is attached to again by the same worker, and not hung up.
func TestASessionIsLost(t *testing.T) {
	t.Parallel()
	x := newScene(t, natstest.Start(t, 0))
	r := newRuns()
	w := work(t, x.front, client(t, x.api.URL), &fleet.Worker{Plan: r.plan("one"), Resume: r.plan("again")})
	call := ring(t, x.api, x.hook.URL)
	a := next(t, r.calls)
	sideband, err := call.Sideband(t.Context()) // The server may not have counted it yet.
	require.NoError(t, err)
	sideband.Cut()
	b := next(t, r.calls)
	assert.Equal(t, "again", b.by)
	assert.NotSame(t, a.call.Session, b.call.Session)
	b.end <- calls.TransferTo("tel:+15550199")
	require.NoError(t, next(t, w.ended).err)
	end, err := call.Ended(t.Context())
	require.NoError(t, err)
	assert.Equal(t, realtimetest.EndReferred, end.By)
	x.empty()
}

func deleteAll(t *testing.T, url string) error {
	t.Helper()
	js, err := jetstream.New(connect(t, url))
	require.NoError(t, err)
	for name := range js.StreamNames(t.Context()).Name() {
		if err := js.DeleteStream(t.Context(), name); err != nil {
			return err
		}
	}
	return nil
}

// proxy is a TCP proxy that can be cut: connections stay open, and nothing passes.
type proxy struct {
	addr string

	mu    sync.Mutex
	conns []net.Conn    // guarded by mu
	open  chan struct{} // guarded by mu; closed while bytes pass
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{addr: l.Addr().String(), open: make(chan struct{})}
	close(p.open)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var all sync.WaitGroup
	all.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			d := net.Dialer{}
			up, err := d.DialContext(ctx, "tcp", to)
			if err != nil {
				_ = from.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, from, up)
			p.mu.Unlock()
			all.Go(func() { p.pass(ctx, from, up) })
			all.Go(func() { p.pass(ctx, up, from) })
		}
	})
	t.Cleanup(func() {
		stop()
		_ = l.Close()
		p.closeAll()
		all.Wait()
	})
	return p
}

func (p *proxy) closeAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

func (p *proxy) pass(ctx context.Context, from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		open := p.open
		p.mu.Unlock()
		select {
		case <-open:
		case <-ctx.Done():
			return
		}
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil && !errors.Is(err, io.EOF) || n == 0 {
			return
		}
	}
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = make(chan struct{})
}

// heal lets bytes pass on new connections: those that were cut are closed.
func (p *proxy) heal() {
	p.closeAll()
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.open)
}
