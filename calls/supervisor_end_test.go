package calls_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestLeave has one call of each kind: a Run that ends with its context, one that
// ignores it, one that ignores it for a while, one that transfers, and one that rings.
func TestLeave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		release := make(chan struct{})
		runs := map[string]func(context.Context) error{
			"ends":    func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
			"ignores": func(context.Context) error { <-release; return calls.ErrHangUp },
			"is slow": func(context.Context) error { time.Sleep(12 * time.Second); return nil },
			"moves":   func(ctx context.Context) error { <-ctx.Done(); return calls.TransferTo("tel:+15550199") },
			"rings":   nil,
		}
		names, kinds := map[string]string{}, map[string]*realtimetest.PhoneCall{}
		sup, err := calls.NewSupervisor(client, &calls.SupervisorConfig{
			Plan: func(ctx context.Context, in *api.RealtimeCallIncoming) (*calls.Plan, error) {
				run := runs[names[in.Data.CallID]]
				if run == nil {
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return &calls.Plan{Session: session(), Run: func(ctx context.Context, _ *calls.Call) error { return run(ctx) }}, nil
			},
		})
		require.NoError(t, err)
		for name := range runs {
			call, in := ring(t, srv)
			names[call.ID()], kinds[name] = name, call
			require.NoError(t, sup.Offer(in))
			synctest.Wait()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		left, err := sup.Leave(ctx)
		assert.Equal(t, 15*time.Second, time.Since(begin), "the context and the grace")
		stuck := &calls.StuckError{}
		require.ErrorAs(t, err, &stuck)
		assert.Equal(t, []string{kinds["ignores"].ID()}, stuck.CallIDs)
		var got []string
		for _, in := range left {
			got = append(got, names[in.Data.CallID])
		}
		assert.ElementsMatch(t, []string{"ends", "ignores", "is slow", "rings"}, got)
		assert.Equal(t, realtimetest.EndReferred, ended(t, kinds["moves"]).By)
		close(release)
		synctest.Wait()
		assert.Zero(t, sup.Running())
		for _, r := range srv.Requests() {
			assert.NotContains(t, r.Path, "hangup", "what a Run returns after its call was left has no effect")
			assert.NotContains(t, r.Path, "reject")
		}

		_, in := ring(t, srv)
		require.ErrorIs(t, sup.Offer(in), calls.ErrShutdown)
		for _, in := range left {
			err := client.Answer(t.Context(), in, &calls.Plan{Session: session(), Run: func(context.Context, *calls.Call) error { return nil }})
			if errors.Is(err, calls.ErrAccepted) {
				err = client.Resume(t.Context(), in, &calls.Plan{Run: func(context.Context, *calls.Call) error { return nil }})
			}
			require.NoError(t, err)
			assert.Equal(t, realtimetest.EndHangup, ended(t, kinds[names[in.Data.CallID]]).By)
		}
	})
}

func TestLeaveWithoutCalls(t *testing.T) {
	t.Parallel()
	_, client := setup(t, nil, nil)
	sup, err := calls.NewSupervisor(client, &calls.SupervisorConfig{
		Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) { return nil, nil },
	})
	require.NoError(t, err)
	left, err := sup.Leave(t.Context())
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestShutdownIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		release := make(chan struct{})
		sup, err := calls.NewSupervisor(client, &calls.SupervisorConfig{
			Grace: 2 * time.Second,
			Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
				return &calls.Plan{Session: session(), Run: func(context.Context, *calls.Call) error {
					<-release
					return nil
				}}, nil
			},
		})
		require.NoError(t, err)
		call, in := ring(t, srv)
		require.NoError(t, sup.Offer(in))
		_, err = call.Sideband(t.Context())
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		err = sup.Shutdown(ctx)
		assert.Equal(t, 12*time.Second, time.Since(begin))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		stuck := &calls.StuckError{}
		require.ErrorAs(t, err, &stuck)
		assert.Equal(t, []string{call.ID()}, stuck.CallIDs)
		require.ErrorContains(t, err, call.ID())
		assert.Equal(t, realtimetest.EndHangup, ended(t, call).By, "it was hung up under its Run")
		close(release)
		synctest.Wait()
		requested(t, srv, "accept", "hangup")
	})
}

// TestAPlanThatNeverReturnsHoldsUpNoShutdown: Plan, Before and Ended are funcs of the
// program, too.
func TestAPlanThatNeverReturnsHoldsUpNoShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		release := make(chan struct{})
		sup, err := calls.NewSupervisor(client, &calls.SupervisorConfig{
			Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
				<-release
				return nil, nil
			},
		})
		require.NoError(t, err)
		_, in := ring(t, srv)
		require.NoError(t, sup.Offer(in))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		stuck := &calls.StuckError{}
		require.ErrorAs(t, sup.Shutdown(ctx), &stuck)
		assert.Equal(t, []string{in.Data.CallID}, stuck.CallIDs)
		close(release)
		synctest.Wait()
	})
}

func TestAPanicInEndedEndsNothingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		sup, err := calls.NewSupervisor(client, &calls.SupervisorConfig{
			Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
				return &calls.Plan{Session: session()}, nil
			},
			Ended: func(*api.RealtimeCallIncoming, error) { panic("oh") },
		})
		require.NoError(t, err)
		first, in := ring(t, srv)
		require.NoError(t, sup.Offer(in))
		second, in := ring(t, srv)
		require.NoError(t, sup.Offer(in))
		for _, call := range []*realtimetest.PhoneCall{first, second} {
			_, err := call.Sideband(t.Context())
			require.NoError(t, err)
		}
		first.HangUp()
		synctest.Wait()
		assert.Equal(t, 1, sup.Running())
		second.HangUp()
		require.NoError(t, sup.Shutdown(t.Context()))
	})
}

// TestCallsInRandomSchedules lets calls, their Runs, a failing server and two supervisors
// that leave and resume interleave by a seed. No call may be accepted twice, none may be
// left open, and none may end but by its Run, its caller or the last Shutdown.
func TestCallsInRandomSchedules(t *testing.T) {
	t.Parallel()
	seeds := 30
	if testing.Short() {
		seeds = 5
	}
	for seed := range seeds {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { randomCalls(t, uint64(seed)) })
		})
	}
}

func randomCalls(t *testing.T, seed uint64) {
	t.Helper()
	p := &callPlay{rng: rand.New(rand.NewPCG(seed, 1)), t: t}
	var srv *realtimetest.Server
	srv, p.client = setup(t, &realtimetest.Config{Intercept: p.fail}, nil)
	var list []*realtimetest.PhoneCall
	for range 3 {
		sup, err := calls.NewSupervisor(p.client, &calls.SupervisorConfig{
			Plan:  func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) { return p.plan(), nil },
			Ended: p.resume,
		})
		require.NoError(t, err)
		for range 10 {
			call, in := ring(t, srv)
			require.NoError(t, sup.Offer(in))
			list = append(list, call)
			time.Sleep(time.Duration(p.n(3000)) * time.Millisecond)
		}
		p.end(sup)
	}
	p.resumes.Wait()
	now, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	for _, call := range list {
		_, err := call.Ended(now)
		assert.NoError(t, err, "seed %d: a call is left open", seed)
	}
}

// callPlay is one random schedule of calls.
type callPlay struct {
	t       *testing.T
	client  *calls.Client
	resumes sync.WaitGroup

	mu  sync.Mutex
	rng *rand.Rand // guarded by mu
}

func (p *callPlay) n(most int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rng.IntN(most)
}

// fail answers one REST request in five with an error.
func (p *callPlay) fail(w http.ResponseWriter, _ *http.Request) bool {
	if p.n(5) != 0 {
		return false
	}
	w.WriteHeader([]int{500, 503, 429}[p.n(3)])
	return true
}

func (p *callPlay) plan() *calls.Plan {
	return &calls.Plan{Session: session(), Run: p.run, EndWithin: 10 * time.Minute}
}

// run lasts up to 40 s, and then ends in any way.
func (p *callPlay) run(ctx context.Context, c *calls.Call) error {
	timer := time.NewTimer(time.Duration(p.n(40)) * time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.Session.Done():
		return c.Session.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
	switch p.n(6) {
	case 0:
		return calls.ErrLeave
	case 1:
		panic("oh")
	case 2:
		return errors.New("broken")
	}
	return nil
}

// resume is another supervisor's part: it takes over what was left.
func (p *callPlay) resume(in *api.RealtimeCallIncoming, err error) {
	if !errors.Is(err, calls.ErrLeave) {
		return
	}
	p.resumes.Go(func() {
		err := p.client.Resume(p.t.Context(), in, p.plan())
		if errors.Is(err, calls.ErrOver) { // Or it rings.
			err = p.client.Answer(p.t.Context(), in, p.plan())
		}
		p.resume(in, err)
	})
}

// end shuts a supervisor down, or has it leave its calls.
func (p *callPlay) end(sup *calls.Supervisor) {
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Duration(p.n(20))*time.Second)
	defer cancel()
	var err error
	if p.n(3) == 0 {
		err = sup.Shutdown(ctx)
	} else {
		_, err = sup.Leave(ctx)
	}
	if err != nil {
		require.ErrorIs(p.t, err, context.DeadlineExceeded)
	}
	require.Zero(p.t, sup.Running())
}
