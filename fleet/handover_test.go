package fleet_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestADrainHandsCallsOver leaves a call to another worker, with its state.
func TestADrainHandsCallsOver(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	front, a := open(t, &fleet.Config{Conn: nc}), open(t, &fleet.Config{Conn: nc})
	srv, client := service(t, nil)
	r := newRuns()
	first := work(t, a, client, &fleet.Worker{ID: "first", Plan: r.plan("first")})
	call := ring(t, srv, hook(t, front).URL)
	x := next(t, r.calls)
	require.NoError(t, x.job.SaveJSON(t.Context(), map[string]int{"table": 7}))
	out, err := x.job.Once(t.Context(), "charge", func(context.Context) ([]byte, error) { return []byte("paid"), nil })
	require.NoError(t, err)
	assert.Equal(t, "paid", string(out))

	second := work(t, front, client, &fleet.Worker{ID: "second", Plan: r.plan("second"), Resume: r.plan("second again")})
	require.NoError(t, a.Drain(t.Context()))
	first.wait(t)
	left := next(t, first.ended)
	require.ErrorIs(t, left.err, calls.ErrLeave)
	require.ErrorIs(t, left.job.Save(t.Context(), nil), fleet.ErrNotOwner)

	y := next(t, r.calls)
	assert.Equal(t, "second again", y.by)
	assert.Equal(t, call.ID(), y.job.ID())
	assert.Equal(t, 2, y.job.Epoch())
	var state map[string]int
	require.NoError(t, y.job.Restore(&state))
	assert.Equal(t, map[string]int{"table": 7}, state)
	out, err = y.job.Once(t.Context(), "charge", func(context.Context) ([]byte, error) {
		t.Error("charged twice")
		return nil, nil
	})
	require.NoError(t, err)
	assert.Equal(t, "paid", string(out))
	assert.Empty(t, y.job.Unfinished())
	call.HangUp()
	require.NoError(t, next(t, second.ended).err)
	empty(t, nc)
}

// TestADrainWaitsForAToolThatRuns: a deploy makes no outcome unknown.
func TestADrainWaitsForAToolThatRuns(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	front, a := open(t, &fleet.Config{Conn: nc}), open(t, &fleet.Config{Conn: nc})
	srv, client := service(t, nil)
	r := newRuns()
	work(t, a, client, &fleet.Worker{ID: "first", Plan: r.plan("first")})
	ring(t, srv, hook(t, front).URL)
	x := next(t, r.calls)
	begun, finish, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := x.job.Once(t.Context(), "charge", func(ctx context.Context) ([]byte, error) {
			close(begun)
			<-finish
			return nil, ctx.Err()
		})
		done <- err
	}()
	next(t, begun)
	work(t, front, client, &fleet.Worker{ID: "second", Plan: r.plan("second")})
	drained := make(chan error, 1)
	go func() { drained <- a.Drain(t.Context()) }()
	require.Eventually(t, func() bool {
		l, err := front.Load(t.Context())
		return err == nil && len(l.Workers) == 2 && l.Workers[0].Draining
	}, 10*time.Second, 10*time.Millisecond)
	select {
	case <-x.call.Session.Done():
		t.Error("the call was left under its tool")
	default:
	}
	close(finish)
	require.NoError(t, next(t, done))
	require.NoError(t, next(t, drained))
	assert.Empty(t, next(t, r.calls).job.Unfinished())
}

// TestAnAgentGoesOnInAnotherProcess: a tool with Once that has run does not run again, and
// one that had begun is unknown.
func TestAnAgentGoesOnInAnotherProcess(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	a, b := open(t, &fleet.Config{Conn: nc}), open(t, &fleet.Config{Conn: nc})
	srv, client := service(t, &realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{Times: 1, Do: []realtimetest.Step{realtimetest.Call{Name: "charge", Arguments: `{}`, ID: "call_1"}}},
		{Do: []realtimetest.Step{realtimetest.Say{Text: "Done."}}},
	}}})
	var charged atomic.Int32
	begun := make(chan struct{}, 2)
	desk := &agent.Agent{Name: "desk", Instructions: agent.Text("Charge."), Tools: []agent.Tool{{
		Name: "charge", Once: true,
		Func: agent.Fn(func(ctx context.Context, _ struct{}) (string, error) {
			charged.Add(1)
			begun <- struct{}{}
			<-ctx.Done() // It never finishes.
			return "", context.Cause(ctx)
		}),
	}}}
	plan := func(_ context.Context, job *fleet.Job) (*calls.Plan, error) {
		return &calls.Plan{Session: session(), Run: func(ctx context.Context, call *calls.Call) error {
			conv, err := job.Converse(ctx, call.Session, desk, nil)
			if err != nil {
				return err
			}
			if job.Epoch() > 1 {
				return conv.Wait(ctx)
			}
			if _, err := conv.Nudge(ctx, "Charge now."); err != nil {
				return err
			}
			return conv.Wait(ctx)
		}}, nil
	}
	work(t, a, client, &fleet.Worker{ID: "first", Plan: plan, DrainWithin: time.Second})
	call := ring(t, srv, hook(t, b).URL)
	next(t, begun)
	work(t, b, client, &fleet.Worker{ID: "second", Plan: plan})
	require.NoError(t, a.Drain(t.Context()))
	var sidebands []*realtimetest.Conn
	require.Eventually(t, func() bool {
		sidebands = call.Sidebands()
		return len(sidebands) == 1
	}, 10*time.Second, 10*time.Millisecond)
	item, err := realtimetest.Await(t.Context(), sidebands[0], func(e *api.ConversationItemCreate) bool {
		_, ok := e.Item.(*api.FunctionCallOutput)
		return ok
	})
	require.NoError(t, err)
	output, ok := item.Item.(*api.FunctionCallOutput)
	require.True(t, ok)
	assert.Equal(t, "call_1", output.CallID)
	assert.Contains(t, output.Output, "not known", "the model is told")
	assert.EqualValues(t, 1, charged.Load())
	call.HangUp()
}
