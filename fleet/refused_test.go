package fleet_test

import (
	"context"
	"errors"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestAStepThatIsRefusedLeavesTheCall: what Plan.Before refuses does not happen, and the call is
// neither dropped nor ended.
func TestAStepThatIsRefusedLeavesTheCall(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func() error{
		"error": func() error { return errors.New("journal") },
		"panic": func() error { panic("journal") },
	} {
		for _, kind := range []calls.StepKind{calls.StepRun, calls.StepTransfer, calls.StepHangUp} {
			t.Run(name+" "+kind.String(), func(t *testing.T) {
				t.Parallel()
				nc := natsServer(t)
				f := open(t, &fleet.Config{Conn: nc})
				srv, c := service(t, nil)
				r := newRuns()
				refused := make(chan struct{}, 1)
				refused <- struct{}{}
				w := work(t, f, c, &fleet.Worker{Plan: func(ctx context.Context, j *fleet.Job) (*calls.Plan, error) {
					p, _ := r.plan("x")(ctx, j)
					p.Before = func(_ context.Context, s calls.Step) error {
						if s.Kind == kind {
							select {
							case <-refused:
								return refuse()
							default:
							}
						}
						return nil
					}
					return p, nil
				}})
				call := ring(t, srv, hook(t, f).URL)
				end := calls.ErrHangUp
				if kind == calls.StepTransfer {
					end = calls.TransferTo("tel:+15550199")
				}
				if kind != calls.StepRun {
					next(t, r.calls).end <- end
				}
				require.Error(t, next(t, w.ended).err)
				x := next(t, r.calls)
				assert.Empty(t, x.job.Transfer())
				x.end <- calls.ErrHangUp
				require.NoError(t, next(t, w.ended).err)
				e, err := call.Ended(t.Context())
				require.NoError(t, err)
				assert.Equal(t, realtimetest.EndHangup, e.By)
				empty(t, nc)
			})
		}
	}
}

// TestAPlanFailsAfterTheAccept: a call that a dead worker has accepted does not ring, and is
// hung up instead of declined.
func TestAPlanFailsAfterTheAccept(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	f := open(t, &fleet.Config{Conn: nc})
	srv, c := service(t, nil)
	call, in := accepted(t, srv, nc)
	require.NoError(t, c.Accept(t.Context(), in.Data.CallID, session(), nil))
	require.NoError(t, f.Offer(in))
	broken := errors.New("broken")
	w := work(t, f, c, &fleet.Worker{Plan: func(context.Context, *fleet.Job) (*calls.Plan, error) { return nil, broken }})
	require.ErrorIs(t, next(t, w.ended).err, broken)
	end, err := call.Ended(t.Context())
	require.NoError(t, err)
	assert.Equal(t, realtimetest.EndHangup, end.By)
	empty(t, nc)
}

// TestAnEntryThatNamesAMessageOfAnotherCall: a stream that was made anew has other messages
// with the numbers that entries name.
func TestAnEntryThatNamesAMessageOfAnotherCall(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	f := open(t, &fleet.Config{Conn: nc})
	srv, c := service(t, nil)
	r := newRuns()
	work(t, f, c, &fleet.Worker{Plan: r.plan("one")})
	ring(t, srv, hook(t, f).URL)
	a := next(t, r.calls)
	_, in := accepted(t, srv, nc)
	require.NoError(t, f.Offer(in))
	b := next(t, r.calls)
	assert.Equal(t, in.Data.CallID, b.job.ID())
	a.end <- calls.ErrHangUp
	b.end <- calls.ErrHangUp
}

// accepted places a call whose entry names the first message of the stream, as a worker
// leaves it that dies as it accepts.
func accepted(t *testing.T, srv *realtimetest.Server, nc *nats.Conn) (*realtimetest.PhoneCall, *api.RealtimeCallIncoming) {
	t.Helper()
	call, body := incoming(t, srv)
	in := &api.RealtimeCallIncoming{}
	require.NoError(t, in.UnmarshalJSON(body))
	kv, err := jets(t, nc).KeyValue(t.Context(), "voice_CALLS")
	require.NoError(t, err)
	_, err = kv.Put(t.Context(), in.Data.CallID, []byte(`{"job":"0:1","epoch":1,"owner":"dead","phase":"taking"}`))
	require.NoError(t, err)
	return call, in
}

// TestASendFailsByALostSession: Send fails before the end of the session is complete. The call
// is attached again, and not hung up.
func TestASendFailsByALostSession(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	f := open(t, &fleet.Config{Conn: nc})
	srv, c := service(t, nil)
	h := hook(t, f)
	attached := make(chan string, 100)
	work(t, f, c, &fleet.Worker{Plan: func(_ context.Context, j *fleet.Job) (*calls.Plan, error) {
		return &calls.Plan{Session: session(), Run: func(ctx context.Context, call *calls.Call) error {
			call.Session.Discard()
			attached <- j.ID()
			for {
				if err := call.Session.Send(ctx, &api.InputAudioBufferClear{}); err != nil {
					return err
				}
			}
		}}, nil
	}})
	for range 10 {
		call := ring(t, srv, h.URL)
		require.Equal(t, call.ID(), next(t, attached))
		conn, err := call.Sideband(t.Context())
		require.NoError(t, err)
		conn.Cut()
		require.Equal(t, call.ID(), next(t, attached))
		call.HangUp()
	}
}
