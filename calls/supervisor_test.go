package calls_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
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

// supervised returns a handler that passes calls to a supervisor.
func supervised(t *testing.T, client *calls.Client, cfg *calls.SupervisorConfig) (*calls.Supervisor, http.Handler) {
	t.Helper()
	sup, err := calls.NewSupervisor(client, cfg)
	require.NoError(t, err)
	return sup, newHandler(t, &calls.HandlerConfig{Call: sup.Offer})
}

// TestSupervisorRunsAThousandCalls places a thousand calls at once. Each caller sends a
// DTMF digit, which the session must receive before the call ends in one of three ways.
func TestSupervisorRunsAThousandCalls(t *testing.T) {
	t.Parallel()
	// A bubble's clock: on a busy machine a thousand handshakes exceed the handshake
	// timeout.
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		srv, client := setup(t, &realtimetest.Config{DiscardLog: true}, nil)
		var failed, finished atomic.Int64
		sup, h := supervised(t, client, &calls.SupervisorConfig{
			MaxCalls: n,
			Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
				return &calls.Plan{Session: session(), Run: func(ctx context.Context, c *calls.Call) error {
					mux := realtime.NewMux()
					realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.InputAudioBufferDTMFEventReceived) error {
						switch e.Event {
						case "0":
							return calls.ErrHangUp
						case "1":
							return calls.TransferTo("tel:+15550199")
						}
						return nil
					})
					return mux.Run(ctx, c.Session)
				}}, nil
			},
			Ended: func(_ *api.RealtimeCallIncoming, err error) {
				finished.Add(1)
				if err != nil {
					failed.Add(1)
					t.Log(err)
				}
			},
		})
		ends := map[string]int{}
		var mu sync.Mutex
		var callers sync.WaitGroup
		rings := ringing(h)
		for i := range n {
			callers.Go(func() {
				call, err := srv.Ring(t.Context(), rings)
				if !assert.NoError(t, err) {
					return
				}
				keys := [...]string{"0", "1", "9"}[i%3]
				assert.NoError(t, call.Press(t.Context(), keys))
				if keys == "9" {
					call.HangUp()
				}
				end, err := call.Ended(t.Context())
				assert.NoError(t, err)
				mu.Lock()
				defer mu.Unlock()
				ends[end.By]++
			})
		}
		callers.Wait()
		require.NoError(t, sup.Shutdown(t.Context()))
		assert.Equal(t, map[string]int{realtimetest.EndHangup: 334, realtimetest.EndReferred: 333, realtimetest.EndCaller: 333}, ends)
		assert.EqualValues(t, n, finished.Load(), "every call finishes")
		assert.Zero(t, failed.Load())
		assert.Zero(t, sup.Running(), "no call is left open")
		for _, c := range srv.Conns() {
			<-c.Done()
		}
	})
}

func TestSupervisorHasABound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		close(hold)
		var gate atomic.Pointer[chan struct{}]
		gate.Store(&hold)
		srv, client := setup(t, &realtimetest.Config{Intercept: func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path[len(r.URL.Path)-6:] == "reject" {
				<-*gate.Load()
			}
			return false
		}}, nil)
		var mu sync.Mutex
		var errs []error
		sup, h := supervised(t, client, &calls.SupervisorConfig{
			MaxCalls: 2,
			Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
				return &calls.Plan{Session: session()}, nil
			},
			Ended: func(_ *api.RealtimeCallIncoming, err error) {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			},
		})
		place := func() *realtimetest.PhoneCall {
			call, err := srv.Ring(t.Context(), ringing(h))
			require.NoError(t, err)
			return call
		}
		first, second := place(), place()
		synctest.Wait()
		assert.Equal(t, 2, sup.Running())
		third := place()
		assert.Equal(t, realtimetest.End{By: realtimetest.EndRejected, Code: calls.StatusBusy}, ended(t, third))
		synctest.Wait()
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], calls.ErrBusy)

		// A call that Offer refuses with ErrBusy is not declined either; the service
		// delivers it again.
		held := make(chan struct{})
		gate.Store(&held)
		fourth, fifth := place(), place()
		_, err := srv.Ring(t.Context(), ringing(h))
		require.ErrorContains(t, err, "status 503")
		first.HangUp()
		synctest.Wait()
		next := place()
		_, err = next.Sideband(t.Context())
		require.NoError(t, err, "calls that are being declined take no place")
		close(held)
		for _, call := range []*realtimetest.PhoneCall{fourth, fifth} {
			assert.Equal(t, realtimetest.End{By: realtimetest.EndRejected, Code: calls.StatusBusy}, ended(t, call))
		}

		next.HangUp()
		synctest.Wait()
		sixth := place()
		require.NoError(t, sixth.Answered(t.Context()), "below MaxCalls again")
		second.HangUp()
		sixth.HangUp()
		require.NoError(t, sup.Shutdown(t.Context()))
	})
}

func TestSupervisorDrains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		sup, h := supervised(t, client, &calls.SupervisorConfig{
			Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
				return &calls.Plan{Session: session()}, nil
			},
		})
		stays, err := srv.Ring(t.Context(), ringing(h))
		require.NoError(t, err)
		leaves, err := srv.Ring(t.Context(), ringing(h))
		require.NoError(t, err)
		for _, c := range []*realtimetest.PhoneCall{stays, leaves} {
			_, err = c.Sideband(t.Context())
			require.NoError(t, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		result := make(chan error)
		go func() { result <- sup.Shutdown(ctx) }()
		synctest.Wait()
		_, err = srv.Ring(t.Context(), ringing(h))
		require.ErrorContains(t, err, "status 503", "the service delivers it again")
		leaves.HangUp()
		synctest.Wait()
		assert.Equal(t, 1, sup.Running(), "a call may finish")
		begin := time.Now()
		require.ErrorIs(t, <-result, context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(begin))
		assert.Equal(t, realtimetest.EndHangup, ended(t, stays).By)
		assert.Zero(t, sup.Running())
	})
}

func TestSupervisorWithoutAPlan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		var plan func() (*calls.Plan, error)
		var last error
		var log strings.Builder
		sup, h := supervised(t, client, &calls.SupervisorConfig{
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
			Plan:   func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) { return plan() },
			Ended:  func(_ *api.RealtimeCallIncoming, err error) { last = err },
		})
		broken := errors.New("no database")
		for name, test := range map[string]struct {
			plan func() (*calls.Plan, error)
			code int // SIP status of the rejection; 0 if the call keeps ringing.
			says string
		}{
			"none":      {func() (*calls.Plan, error) { return nil, nil }, 0, ""},
			"error":     {func() (*calls.Plan, error) { return nil, broken }, 500, "no database"},
			"panic":     {func() (*calls.Plan, error) { panic("oh") }, 500, "panicked: oh"},
			"decline":   {func() (*calls.Plan, error) { return &calls.Plan{Reject: calls.StatusDecline}, nil }, 603, ""},
			"no accept": {func() (*calls.Plan, error) { return &calls.Plan{Session: badSession()}, nil }, 500, "max_output_tokens"},
		} {
			plan = test.plan
			log.Reset()
			call, err := srv.Ring(t.Context(), ringing(h))
			require.NoError(t, err, name)
			synctest.Wait()
			if test.says == "" {
				require.NoError(t, last, name)
				assert.Empty(t, log.String(), name)
			} else {
				require.ErrorContains(t, last, test.says, name)
				assert.Contains(t, log.String(), test.says, name)
			}
			if test.code != 0 {
				assert.Equal(t, realtimetest.End{By: realtimetest.EndRejected, Code: test.code}, ended(t, call), name)
			}
		}
		require.NoError(t, sup.Shutdown(t.Context()))
	})
}

func badSession() *api.RealtimeSessionConfig {
	s := session()
	s.MaxOutputTokens = api.TokenLimit(5000)
	return s
}

func TestSupervisorTakesACallOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		planned := 0
		sup, _ := supervised(t, client, &calls.SupervisorConfig{
			Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
				planned++
				return &calls.Plan{Session: session()}, nil
			},
		})
		call, in := ring(t, srv)
		require.NoError(t, sup.Offer(in))
		require.NoError(t, sup.Offer(in), "announced by another webhook")
		require.ErrorIs(t, sup.Offer(&api.RealtimeCallIncoming{}), calls.ErrNoCallID)
		require.NoError(t, call.Answered(t.Context()))
		call.HangUp()
		require.NoError(t, sup.Shutdown(t.Context()))
		require.ErrorIs(t, sup.Offer(in), calls.ErrShutdown)
		assert.Equal(t, 1, planned)
	})
	_, err := calls.NewSupervisor(nil, nil)
	require.Error(t, err)
}
