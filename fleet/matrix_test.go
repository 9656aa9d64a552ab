package fleet_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/fleet/internal/natstest"
	"github.com/voicelane/realtime-go/realtimetest"
)

// scene is a service, a NATS server, and the effects of tools, for worker processes.
type scene struct {
	t     *testing.T
	nats  *natstest.Server
	front *fleet.Fleet
	api   *realtimetest.Server
	hook  *httptest.Server

	effect  *httptest.Server
	mu      sync.Mutex
	effects map[string]int // guarded by mu; by path
}

func newScene(t *testing.T, n *natstest.Server) *scene {
	t.Helper()
	x := &scene{t: t, nats: n, effects: map[string]int{}}
	x.api = realtimetest.NewServer(nil)
	t.Cleanup(x.api.Close)
	x.effect = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.effects[r.URL.Path]++
	}))
	t.Cleanup(x.effect.Close)
	x.front = open(t, &fleet.Config{URL: n.URL(), Lease: lease})
	x.hook = hook(t, x.front)
	return x
}

func (x *scene) process(id, stop string) *process {
	return start(x.t, x.order(id, stop))
}

func (x *scene) order(id, stop string) order {
	return order{ID: id, NATS: x.nats.URL(), API: x.api.URL, Lease: lease, Effects: x.effect.URL, Stop: stop}
}

// accepts returns how often an accept of a call was asked for.
func (x *scene) accepts(call string) int {
	n := 0
	for _, r := range x.api.Requests() {
		if strings.HasSuffix(r.Path, "/"+call+"/accept") {
			n++
		}
	}
	return n
}

func (x *scene) effectsOf(call string) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.effects["/"+call]
}

func (x *scene) empty() {
	x.t.Helper()
	empty(x.t, connect(x.t, x.nats.URL()))
}

// TestAWorkerIsKilled kills a worker process at each point of a call's life. Another one
// takes the call over; its tool never has its effect twice.
func TestAWorkerIsKilled(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]struct {
		accepts, effects int
		unknown, over    bool
	}{
		atFetched: {accepts: 1, effects: 1},
		atAccept:  {accepts: 1, effects: 1},
		atRun:     {accepts: 1, effects: 1},
		atTool:    {accepts: 1, effects: 0, unknown: true},
		atEffect:  {accepts: 1, effects: 1, unknown: true},
		atHangUp:  {accepts: 1, effects: 1, over: true},
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			x := newScene(t, natstest.Start(t, 0))
			victim := x.process("victim", at)
			victim.until(t, "up")
			call := ring(t, x.api, x.hook.URL)
			victim.until(t, at)
			victim.kill(t)
			heir := x.process("heir", "")
			if want.over {
				end, err := call.Ended(t.Context())
				require.NoError(t, err)
				assert.Equal(t, realtimetest.EndHangup, end.By, "the heir ends what was being ended")
			} else {
				once := heir.until(t, "once")
				assert.Equal(t, call.ID(), once.Call)
				assert.Equal(t, want.unknown, strings.Contains(once.Err, fleet.ErrUnknownOutcome.Error()), once.Err)
				call.HangUp()
			}
			ended := heir.until(t, "ended")
			assert.Equal(t, "<nil>", ended.Err)
			assert.Equal(t, want.accepts, x.accepts(call.ID()))
			assert.Equal(t, want.effects, x.effectsOf(call.ID()))
			x.empty()
		})
	}
}

// TestAWorkerIsKilledAsItAccepts: the service has accepted, and the worker does not know.
func TestAWorkerIsKilledAsItAccepts(t *testing.T) {
	t.Parallel()
	accepting, killed := make(chan struct{}), make(chan struct{})
	x := newScene(t, natstest.Start(t, 0))
	x.api.Close()
	var once sync.Once
	x.api = realtimetest.NewServer(&realtimetest.Config{Intercept: func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/accept") {
			once.Do(func() {
				close(accepting)
				<-killed
			})
		}
		return false
	}})
	t.Cleanup(x.api.Close)
	victim := x.process("victim", "")
	victim.until(t, "up")
	call := ring(t, x.api, x.hook.URL)
	next(t, accepting)
	victim.kill(t)
	close(killed)
	heir := x.process("heir", "")
	assert.Equal(t, 2, heir.until(t, "once").Epoch)
	assert.Equal(t, 2, x.accepts(call.ID()), "the heir's accept is refused")
	assert.Equal(t, 1, x.effectsOf(call.ID()))
	call.HangUp()
	heir.until(t, "ended")
	x.empty()
}

// TestACallEndsMeanwhile: the caller hangs up while no worker has the call.
func TestACallEndsMeanwhile(t *testing.T) {
	t.Parallel()
	x := newScene(t, natstest.Start(t, 0))
	victim := x.process("victim", atRun)
	victim.until(t, "up")
	call := ring(t, x.api, x.hook.URL)
	victim.until(t, atRun)
	victim.kill(t)
	call.HangUp()
	heir := x.process("heir", "")
	assert.Contains(t, heir.until(t, "ended").Err, calls.ErrOver.Error())
	x.empty()
}

// TestAWorkerIsFrozen: a process that stops longer than its lease wakes up without the
// call, and does nothing to it.
func TestAWorkerIsFrozen(t *testing.T) {
	t.Parallel()
	x := newScene(t, natstest.Start(t, 0))
	frozen := x.process("frozen", "")
	frozen.until(t, "up")
	call := ring(t, x.api, x.hook.URL)
	frozen.until(t, "once")
	frozen.signal(t, syscall.SIGSTOP)
	heir := x.process("heir", "")
	assert.Equal(t, 2, heir.until(t, "once").Epoch)
	frozen.signal(t, syscall.SIGCONT)
	lost := frozen.until(t, "ended")
	assert.NotEqual(t, "<nil>", lost.Err)
	require.Eventually(t, func() bool { return len(call.Sidebands()) == 1 }, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, 1, x.effectsOf(call.ID()))
	call.HangUp()
	assert.Equal(t, "<nil>", heir.until(t, "ended").Err)
	x.empty()
}
