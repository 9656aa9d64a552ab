package fleet_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/fleet/internal/natstest"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestPlans plays what a plan can want, and how it can fail.
func TestPlans(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	run := func(err error) *calls.Plan {
		return &calls.Plan{Session: session(), Run: func(context.Context, *calls.Call) error { return err }}
	}
	for name, tc := range map[string]struct {
		plan func(n int32) (*calls.Plan, error)
		end  realtimetest.End
		err  func(*testing.T, error)
	}{
		"hang up":  {func(int32) (*calls.Plan, error) { return run(nil), nil }, realtimetest.End{By: realtimetest.EndHangup}, noErr},
		"transfer": {func(int32) (*calls.Plan, error) { return run(calls.TransferTo("tel:+15550199")), nil }, realtimetest.End{By: realtimetest.EndReferred, Target: "tel:+15550199"}, noErr},
		"reject":   {func(int32) (*calls.Plan, error) { return &calls.Plan{Reject: 486}, nil }, realtimetest.End{By: realtimetest.EndRejected, Code: 486}, noErr},
		"error":    {func(int32) (*calls.Plan, error) { return nil, broken }, realtimetest.End{By: realtimetest.EndRejected, Code: calls.StatusFailed}, isErr(broken)},
		"panic":    {func(int32) (*calls.Plan, error) { panic(broken) }, realtimetest.End{By: realtimetest.EndRejected, Code: calls.StatusFailed}, panicked},
		"not now, then hang up": {func(n int32) (*calls.Plan, error) {
			if n == 1 {
				return nil, nil
			}
			return run(calls.ErrHangUp), nil
		}, realtimetest.End{By: realtimetest.EndHangup}, noErr},
		"a session that is not valid": {func(int32) (*calls.Plan, error) {
			return &calls.Plan{Session: &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Output: &api.AudioOutput{Speed: new(9.0)}}}}, nil
		}, realtimetest.End{By: realtimetest.EndRejected, Code: calls.StatusFailed}, func(t *testing.T, err error) {
			t.Helper()
			require.Error(t, err)
		}},
		"Run fails": {func(int32) (*calls.Plan, error) { return run(broken), nil }, realtimetest.End{By: realtimetest.EndHangup}, isErr(broken)},
		"Run panics": {func(int32) (*calls.Plan, error) {
			return &calls.Plan{Session: session(), Run: func(context.Context, *calls.Call) error { panic(broken) }}, nil
		}, realtimetest.End{By: realtimetest.EndHangup}, panicked},
		"Run wants another worker, then hang up": {func(n int32) (*calls.Plan, error) {
			if n == 1 {
				return run(calls.ErrLeave), nil
			}
			return run(nil), nil
		}, realtimetest.End{By: realtimetest.EndHangup}, noErr},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nc := natsServer(t)
			f := open(t, &fleet.Config{Conn: nc})
			srv, c := service(t, nil)
			var n atomic.Int32
			w := work(t, f, c, &fleet.Worker{Plan: func(context.Context, *fleet.Job) (*calls.Plan, error) { return tc.plan(n.Add(1)) }})
			call := ring(t, srv, hook(t, f).URL)
			end, err := call.Ended(t.Context())
			require.NoError(t, err)
			assert.Equal(t, tc.end, end)
			last := next(t, w.ended)
			for strings.Contains(name, "then") && errors.Is(last.err, calls.ErrLeave) {
				last = next(t, w.ended)
			}
			tc.err(t, last.err)
			empty(t, nc)
		})
	}
}

func noErr(t *testing.T, err error) {
	t.Helper()
	require.NoError(t, err)
}

func isErr(want error) func(*testing.T, error) {
	return func(t *testing.T, err error) {
		t.Helper()
		require.ErrorIs(t, err, want)
	}
}

func panicked(t *testing.T, err error) {
	t.Helper()
	var p *realtime.PanicError
	require.ErrorAs(t, err, &p)
}

// TestTheServiceFailsForAWhile: a call whose accept fails is tried again, and not hung up.
func TestTheServiceFailsForAWhile(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	down.Store(true)
	failed := make(chan struct{}, 1000)
	nc := natsServer(t)
	f := open(t, &fleet.Config{Conn: nc})
	srv, c := service(t, &realtimetest.Config{Intercept: func(w http.ResponseWriter, _ *http.Request) bool {
		if !down.Load() {
			return false
		}
		w.WriteHeader(http.StatusBadGateway)
		failed <- struct{}{}
		return true
	}})
	r := newRuns()
	w := work(t, f, c, &fleet.Worker{Plan: r.plan("one")})
	call := ring(t, srv, hook(t, f).URL)
	next(t, failed)
	left := next(t, w.ended)
	require.Error(t, left.err)
	down.Store(false)
	x := next(t, r.calls)
	assert.Equal(t, call.ID(), x.job.ID())
	x.end <- calls.ErrHangUp
	require.NoError(t, next(t, w.ended).err)
	for _, req := range srv.Requests()[:1] {
		assert.True(t, strings.HasSuffix(req.Path, "/accept"))
	}
	empty(t, nc)
}

// TestAResumeThatFailsKeepsTheCall: the next attempt has it.
func TestAResumeThatFailsKeepsTheCall(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	a, b := open(t, &fleet.Config{Conn: nc}), open(t, &fleet.Config{Conn: nc})
	srv, c := service(t, nil)
	r := newRuns()
	work(t, a, c, &fleet.Worker{ID: "first", Plan: r.plan("first")})
	ring(t, srv, hook(t, a).URL)
	next(t, r.calls)
	var tries atomic.Int32
	w := work(t, b, c, &fleet.Worker{ID: "second", Plan: r.plan("second"), Resume: func(ctx context.Context, job *fleet.Job) (*calls.Plan, error) {
		if tries.Add(1) == 1 {
			return nil, errors.New("a fault of the new version")
		}
		return r.plan("second")(ctx, job)
	}})
	require.NoError(t, a.Drain(t.Context()))
	require.ErrorContains(t, next(t, w.ended).err, "a fault of the new version")
	x := next(t, r.calls)
	assert.Equal(t, 3, x.job.Epoch())
	x.end <- calls.ErrHangUp
	require.NoError(t, next(t, w.ended).err)
	empty(t, nc)
}

// TestADrainDoesNotWaitForARunThatIgnoresIt leaves its call under it.
func TestADrainDoesNotWaitForARunThatIgnoresIt(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	a, b := open(t, &fleet.Config{Conn: nc}), open(t, &fleet.Config{Conn: nc})
	srv, c := service(t, nil)
	r := newRuns()
	running, free := make(chan *calls.Call, 1), make(chan struct{})
	w := work(t, a, c, &fleet.Worker{ID: "stuck", DrainWithin: 500 * time.Millisecond, Plan: func(context.Context, *fleet.Job) (*calls.Plan, error) {
		return &calls.Plan{Session: session(), Run: func(_ context.Context, call *calls.Call) error {
			running <- call
			<-free
			return calls.ErrHangUp // It has no effect any more.
		}}, nil
	}})
	call := ring(t, srv, hook(t, a).URL)
	stuck := next(t, running)
	work(t, b, c, &fleet.Worker{ID: "heir", Plan: r.plan("heir")})
	require.NoError(t, a.Drain(t.Context()))
	require.ErrorIs(t, next(t, w.ended).err, calls.ErrLeave)
	x := next(t, r.calls)
	next(t, stuck.Session.Done())
	close(free)
	require.NoError(t, x.job.Save(t.Context(), []byte("mine")))
	call.HangUp()
	end, err := call.Ended(t.Context())
	require.NoError(t, err)
	assert.Equal(t, realtimetest.EndCaller, end.By)
}

// TestLines holds admission, load, and a drain that waits.
func TestLines(t *testing.T) {
	t.Parallel()
	f := open(t, &fleet.Config{Conn: natsServer(t)})
	_, err := f.Admit()
	require.ErrorIs(t, err, fleet.ErrFull, "it does not work yet")
	require.NoError(t, f.Drain(t.Context()))
	_, c := service(t, nil)
	w := work(t, f, c, &fleet.Worker{ID: "lines", Version: "v1", Capacity: 2})
	loaded(t, f, func(l *fleet.Load) bool { return len(l.Workers) == 1 })
	first, err := f.Admit()
	require.NoError(t, err)
	second, err := f.Admit()
	require.NoError(t, err)
	_, err = f.Admit()
	require.ErrorIs(t, err, fleet.ErrFull)
	second()
	second()
	second, err = f.Admit()
	require.NoError(t, err)
	l := loaded(t, f, func(l *fleet.Load) bool { return l.Held == 2 })
	assert.Equal(t, 2, l.Capacity)
	assert.Zero(t, l.Waiting)
	require.ErrorIs(t, f.Work(t.Context(), c, nil), fleet.ErrWorking)

	drained := make(chan error, 1)
	go func() { drained <- f.Drain(t.Context()) }()
	l = loaded(t, f, func(l *fleet.Load) bool { return len(l.Workers) == 1 && l.Workers[0].Draining })
	assert.Zero(t, l.Capacity)
	_, err = f.Admit()
	require.ErrorIs(t, err, fleet.ErrFull)
	assert.Empty(t, drained)
	first()
	second()
	require.NoError(t, next(t, drained))
	w.wait(t)
	l = loaded(t, f, func(l *fleet.Load) bool { return len(l.Workers) == 0 })
	assert.Equal(t, &fleet.Load{}, l)
}

// TestCallsWaitForAPlace: a full worker takes no more, and the load says so.
func TestCallsWaitForAPlace(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	f, g := open(t, &fleet.Config{Conn: nc}), open(t, &fleet.Config{Conn: nc})
	srv, c := service(t, nil)
	r := newRuns()
	w := work(t, f, c, &fleet.Worker{ID: "one", Capacity: 1, Plan: r.plan("one")})
	h := hook(t, f)
	ring(t, srv, h.URL)
	x := next(t, r.calls)
	ring(t, srv, h.URL)
	l := loaded(t, f, func(l *fleet.Load) bool { return l.Waiting == 1 && l.Held == 1 && l.Oldest > 0 })
	assert.Equal(t, 1, l.Capacity)
	work(t, g, c, &fleet.Worker{ID: "two", Plan: r.plan("two")})
	y := next(t, r.calls)
	assert.Equal(t, "two", y.by)
	x.end <- calls.ErrHangUp
	require.NoError(t, next(t, w.ended).err)
	ring(t, srv, h.URL)
	next(t, r.calls)
}

func loaded(t *testing.T, f *fleet.Fleet, is func(*fleet.Load) bool) *fleet.Load {
	t.Helper()
	var l *fleet.Load
	require.Eventually(t, func() bool {
		var err error
		l, err = f.Load(t.Context())
		return err == nil && is(l)
	}, 20*time.Second, 20*time.Millisecond)
	return l
}

// TestATransferWhoseOutcomeIsUnknown is not repeated: the next worker's program decides.
func TestATransferWhoseOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	x := newScene(t, natstest.Start(t, 0))
	victim := x.process("victim", atTransfer)
	victim.until(t, "up")
	call := ring(t, x.api, x.hook.URL)
	victim.until(t, atTransfer)
	victim.kill(t)
	r := newRuns()
	work(t, x.front, client(t, x.api.URL), &fleet.Worker{ID: "heir", Plan: r.plan("heir")})
	y := next(t, r.calls)
	assert.Equal(t, "tel:+15550199", y.job.Transfer())
	assert.Equal(t, 2, y.job.Epoch())
	y.end <- calls.TransferTo("tel:+15550199")
	end, err := call.Ended(t.Context())
	require.NoError(t, err)
	assert.Equal(t, realtimetest.EndReferred, end.By)
}

// TestOneProcessStartsAgain: its NATS server runs inside of it. The process is killed, and
// the next one attaches to its call.
func TestOneProcessStartsAgain(t *testing.T) {
	t.Parallel()
	x := newScene(t, natstest.Start(t, 0))
	call, in := incoming(t, x.api)
	o := x.order("before", "")
	o.Dir, o.Offer = t.TempDir(), in
	before := start(t, o)
	assert.Equal(t, 1, before.until(t, "once").Epoch)
	before.kill(t)
	o.ID, o.Offer = "after", nil
	before.wait()
	after := start(t, o)
	assert.Equal(t, 2, after.until(t, "once").Epoch)
	assert.Equal(t, 1, x.effectsOf(call.ID()))
	assert.Equal(t, 1, x.accepts(call.ID()))
	call.HangUp()
	assert.Equal(t, "<nil>", after.until(t, "ended").Err)
}
