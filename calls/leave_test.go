package calls_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestACallIsLeftAndResumed leaves a call in every way that a program can, and resumes it.
func TestACallIsLeftAndResumed(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, run := range map[string]func(ctx context.Context, c *calls.Call) error{
		"returned": func(context.Context, *calls.Call) error { return calls.ErrLeave },
		"from a handler": func(ctx context.Context, c *calls.Call) error {
			mux := realtime.NewMux()
			realtime.On(mux, func(context.Context, *realtime.Session, *api.ResponseDone) error { return calls.ErrLeave })
			if err := c.Session.Send(ctx, &api.ResponseCreate{}); err != nil {
				return err
			}
			return mux.Run(ctx, c.Session)
		},
		"by the context":             func(ctx context.Context, _ *calls.Call) error { <-ctx.Done(); return ctx.Err() },
		"by the context without err": func(ctx context.Context, _ *calls.Call) error { <-ctx.Done(); return nil },
		"with another error":         func(ctx context.Context, _ *calls.Call) error { <-ctx.Done(); return broken },
		"by the loop over events": func(ctx context.Context, c *calls.Call) error {
			for _, err := range c.Session.Events(ctx) {
				if err != nil {
					return err
				}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv, client := setup(t, nil, nil)
				call, in := ring(t, srv)
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				result := answering(ctx, client, in, &calls.Plan{Session: session(), Run: run})
				first, err := call.Sideband(t.Context())
				require.NoError(t, err)
				synctest.Wait()
				cancel(calls.ErrLeave)
				err = <-result
				require.ErrorIs(t, err, calls.ErrLeave)
				assert.Equal(t, name == "with another error", errors.Is(err, broken))
				<-first.Done()
				requested(t, srv, "accept")

				digits := make(chan string, 1)
				resumed := make(chan error, 1)
				go func() {
					resumed <- client.Resume(t.Context(), in, &calls.Plan{Run: func(ctx context.Context, c *calls.Call) error {
						mux := realtime.NewMux()
						realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.InputAudioBufferDTMFEventReceived) error {
							digits <- e.Event
							return calls.ErrHangUp
						})
						return mux.Run(ctx, c.Session)
					}})
				}()
				synctest.Wait()
				require.NoError(t, call.Press(t.Context(), "7"), "the call goes on")
				require.NoError(t, <-resumed)
				assert.Equal(t, "7", <-digits)
				assert.Equal(t, realtimetest.EndHangup, ended(t, call).By)
				requested(t, srv, "accept", "hangup")
			})
		})
	}
}

// TestACallIsLeftWhileItIsAttached: the server does not know the call yet.
func TestACallIsLeftWhileItIsAttached(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		var in *api.RealtimeCallIncoming
		rings := ringing(newHandler(t, &calls.HandlerConfig{Call: func(e *api.RealtimeCallIncoming) error { in = e; return nil }}))
		rings.NotFound = 1000
		_, err := srv.Ring(t.Context(), rings)
		require.NoError(t, err)
		ctx, cancel := context.WithCancelCause(t.Context())
		result := answering(ctx, client, in, &calls.Plan{Session: session()})
		synctest.Wait()
		cancel(calls.ErrLeave)
		require.ErrorIs(t, <-result, calls.ErrLeave)
		requested(t, srv, "accept")
	})
}

// TestACallThatEndsIsNotLeft: a Run that ends its call does so while calls are left.
func TestACallThatEndsIsNotLeft(t *testing.T) {
	t.Parallel()
	for by, result := range map[string]error{
		realtimetest.EndHangup:   calls.ErrHangUp,
		realtimetest.EndReferred: calls.TransferTo("tel:+15550199"),
	} {
		synctest.Test(t, func(t *testing.T) {
			srv, client := setup(t, nil, nil)
			call, in := ring(t, srv)
			ctx, cancel := context.WithCancelCause(t.Context())
			cancelled := &calls.Plan{Session: session(), Run: func(context.Context, *calls.Call) error {
				cancel(calls.ErrLeave)
				return result
			}}
			require.NoError(t, client.Answer(ctx, in, cancelled))
			assert.Equal(t, by, ended(t, call).By)
		})
	}
}

func TestACallThatIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		call, in := ring(t, srv)
		call.HangUp()
		require.ErrorIs(t, client.Answer(t.Context(), in, &calls.Plan{Session: session()}), calls.ErrOver)
		require.ErrorIs(t, client.Resume(t.Context(), in, &calls.Plan{}), calls.ErrOver)
		requested(t, srv, "accept")
		require.ErrorIs(t, client.Resume(t.Context(), nil, nil), calls.ErrNoCallID)
		require.ErrorContains(t, client.Resume(t.Context(), in, nil), "plan is nil")
		require.ErrorContains(t, calls.New(nil).Resume(t.Context(), in, &calls.Plan{}), "client is nil")
	})
}

// TestACallThatCannotBeAttachedIsNotHungUp: whoever resumes does not end what another
// process may still reach.
func TestACallThatCannotBeAttachedIsNotHungUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := false
		srv, client := setup(t, nil, func(c *realtime.Config) {
			dial := c.DialContext
			c.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				if down {
					return nil, errors.New("no route to host")
				}
				return dial(ctx, network, addr)
			}
		})
		call, in := ring(t, srv)
		require.NoError(t, client.Accept(t.Context(), call.ID(), session(), nil))
		down = true
		err := client.Resume(t.Context(), in, &calls.Plan{})
		require.Error(t, err)
		require.NotErrorIs(t, err, calls.ErrOver)
		requested(t, srv, "accept")
	})
}

func TestAcceptTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		call, in := ring(t, srv)
		require.NoError(t, client.Accept(t.Context(), call.ID(), session(), nil))
		require.ErrorIs(t, client.Accept(t.Context(), call.ID(), session(), nil), calls.ErrAccepted)
		require.ErrorIs(t, client.Answer(t.Context(), in, &calls.Plan{Session: session()}), calls.ErrAccepted)
		requested(t, srv, "accept", "accept", "accept")
	})
	synctest.Test(t, func(t *testing.T) {
		var loses loser
		srv, client := setup(t, nil, func(c *realtime.Config) {
			loses.next = &http.Transport{DialContext: c.DialContext}
			t.Cleanup(loses.next.CloseIdleConnections)
			c.HTTPClient = &http.Client{Transport: &loses}
		})
		call, _ := ring(t, srv)
		require.NoError(t, client.Accept(t.Context(), call.ID(), session(), nil), "accepted by an attempt whose answer was lost")
		requested(t, srv, "accept", "accept")
	})
}

// loser loses the answer to its first request.
type loser struct {
	next *http.Transport
	lost bool
}

func (l *loser) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(r)
	if err != nil || l.lost {
		return res, err
	}
	l.lost = true
	_ = res.Body.Close()
	return nil, errors.New("connection reset")
}

// TestAStepThatIsRefusedLeavesTheCall lets the journal fail at each step.
func TestAStepThatIsRefusedLeavesTheCall(t *testing.T) {
	t.Parallel()
	full := errors.New("the journal is full")
	for _, test := range []struct {
		at       calls.StepKind
		plan     calls.Plan
		ran      bool
		requests []string
	}{
		{at: calls.StepReject, plan: calls.Plan{Reject: calls.StatusBusy}},
		{at: calls.StepAccept},
		{at: calls.StepRun, requests: []string{"accept"}},
		{at: calls.StepHangUp, ran: true, requests: []string{"accept"}},
		{at: calls.StepTransfer, ran: true, requests: []string{"accept"}},
	} {
		for _, panics := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				srv, client := setup(t, nil, nil)
				call, in := ring(t, srv)
				ran, steps := false, []calls.Step{}
				p := test.plan
				p.Session = session()
				p.Run = func(context.Context, *calls.Call) error {
					ran = true
					if test.at == calls.StepTransfer {
						return calls.TransferTo("tel:+15550199")
					}
					return nil
				}
				p.Before = func(ctx context.Context, s calls.Step) error {
					require.NoError(t, ctx.Err())
					steps = append(steps, s)
					switch {
					case s.Kind != test.at:
						return nil
					case panics:
						panic(full)
					}
					return full
				}
				var result error
				sup, err := calls.NewSupervisor(client, &calls.SupervisorConfig{
					Plan:  func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) { return &p, nil },
					Ended: func(_ *api.RealtimeCallIncoming, err error) { result = err },
				})
				require.NoError(t, err)
				require.NoError(t, sup.Offer(in))
				require.NoError(t, sup.Shutdown(t.Context()))
				require.ErrorContains(t, result, full.Error())
				assert.Equal(t, test.ran, ran)
				last := steps[len(steps)-1]
				assert.Equal(t, test.at, last.Kind)
				assert.Equal(t, test.at == calls.StepTransfer, last.Target == "tel:+15550199")
				requested(t, srv, test.requests...)
				call.HangUp()
				assert.Equal(t, realtimetest.EndCaller, ended(t, call).By, "the call was left as it was")
			})
		}
	}
	assert.Equal(t, "hang up", calls.StepHangUp.String())
	assert.Equal(t, "unknown step", calls.StepKind(9).String())
}

// TestHangingUpIsRepeated: a call that is not hung up goes on being charged.
func TestHangingUpIsRepeated(t *testing.T) {
	t.Parallel()
	statuses := func(n, status int) []int {
		list := make([]int, n)
		for i := range list {
			list[i] = status
		}
		return list
	}
	for name, test := range map[string]struct {
		fails  []int
		within time.Duration
		hungUp bool
		longer time.Duration // Than it must not take.
	}{
		"a storm":             {fails: statuses(15, 503), hungUp: true, longer: time.Minute + time.Second},
		"no end":              {fails: statuses(1000, 500), longer: time.Minute + time.Second},
		"a bound of the plan": {fails: statuses(1000, 500), within: 5 * time.Second, longer: 6 * time.Second},
		"a refusal":           {fails: []int{403}, longer: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := trouble{"hangup": test.fails}
				srv, client := setup(t, &realtimetest.Config{Intercept: f.intercept}, nil)
				call, in := ring(t, srv)
				ctx, cancel := context.WithCancel(t.Context())
				var begin time.Time
				err := client.Answer(ctx, in, &calls.Plan{
					Session: session(), EndWithin: test.within,
					Run: func(context.Context, *calls.Call) error { begin = time.Now(); cancel(); return nil },
				})
				assert.Equal(t, test.hungUp, err == nil, "%v", err)
				assert.Less(t, time.Since(begin), test.longer)
				if test.hungUp {
					assert.Equal(t, realtimetest.EndHangup, ended(t, call).By)
				}
				assert.NotContains(t, strings.ToLower(errors.Join(err, errors.New("")).Error()), "deadline", "the cause is what the server answered")
			})
		})
	}
}

func TestTheTargetOfATransfer(t *testing.T) {
	t.Parallel()
	target, ok := calls.TransferTarget(errors.Join(errors.New("other"), calls.TransferTo("tel:+15550199")))
	assert.True(t, ok)
	assert.Equal(t, "tel:+15550199", target)
	for _, err := range []error{nil, calls.ErrHangUp} {
		_, ok := calls.TransferTarget(err)
		assert.False(t, ok, err)
	}
}
