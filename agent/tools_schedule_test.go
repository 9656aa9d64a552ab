package agent

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
)

var schedules = flag.Int("schedules", 500, "random schedules of each test that runs them")

// TestToolsInRandomSchedules runs up to five functions at once, which return, fail,
// panic, exit or never return, for a server that confirms outputs at once, late or
// never, refuses some, begins and interrupts responses by itself, and breaks the
// connection after random frames of either side; beside a program that asks for
// responses, beside the conversation too, and cancels them. A failure names the seed and
// prints what went over the wire: go test -run 'RandomSchedules/seed_7$' plays it again.
func TestToolsInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range *schedules {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { toolSchedule(t, uint64(seed)) })
		})
	}
}

const toolTimeout = 20 * time.Second

func toolSchedule(t *testing.T, seed uint64) {
	t.Helper()
	w := newWorld(t, seed)
	network := peer.Serve(t, w.serve)
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Model("m"), &realtime.Options{
		PingInterval: -1, Reconnect: &realtime.Reconnect{MaxAge: -1, InitialDelay: 100 * time.Millisecond},
	})
	require.NoError(t, err)

	tools, m := &Tools{Timeout: toolTimeout}, realtime.NewMux()
	AddTool(tools, &api.FunctionTool{Name: "f"}, w.function)
	tools.Attach(m)
	m.OnServerError(func(context.Context, *realtime.Session, *realtime.ServerError) error { return nil })
	var wg sync.WaitGroup
	wg.Go(func() { assert.NoError(t, m.Run(t.Context(), s)) })
	if !w.calm {
		wg.Go(func() { program(t, s, seed, w.until) })
	}

	time.Sleep(time.Until(w.until) + 10*time.Minute)
	w.mu.Lock()
	w.check()
	if t.Failed() {
		t.Logf("seed %d\n%s", seed, strings.Join(w.trace, "\n"))
	}
	w.mu.Unlock()
	assert.NoError(t, s.Close())
	wg.Wait()
	tools.Wait()
}

// program asks for responses and cancels them.
func program(t *testing.T, s *realtime.Session, seed uint64, until time.Time) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 16))
	for {
		time.Sleep(time.Duration(1+rng.IntN(8000)) * time.Millisecond)
		if time.Now().After(until) {
			return
		}
		var e api.ClientEvent
		switch rng.IntN(4) {
		case 0:
			e = &api.ResponseCancel{}
		case 1:
			e = &api.ResponseCreate{Response: &api.ResponseParams{Conversation: new(api.ResponseConversationNone)}}
		default:
			e = &api.ResponseCreate{}
		}
		assert.NoError(t, s.Send(t.Context(), e))
	}
}

// function is the function that the model calls.
func (w *world) function(ctx context.Context, a struct{ ID string }) (any, error) {
	w.mu.Lock()
	w.note("call %s runs", a.ID)
	call := w.calls[a.ID]
	call.runs++
	if call.runs > 1 || call.beside {
		w.fail("call %s ran %d times, beside %t", a.ID, call.runs, call.beside)
	}
	call.out = time.Now().Add(toolTimeout)
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if time.Now().Before(call.out) {
			call.out = time.Now()
		}
	}()
	luck, d := w.rng.IntN(12), time.Duration(w.rng.IntN(3000))*time.Millisecond
	w.mu.Unlock()
	time.Sleep(d)
	switch luck {
	case 0:
		panic("a fault of the function")
	case 1:
		runtime.Goexit()
	case 2:
		<-ctx.Done()
	case 3:
		time.Sleep(time.Minute)
	}
	return "ran", ctx.Err()
}

// check holds the outcome to the model.
func (w *world) check() {
	c := w.conv
	if c.dead || c.active != nil {
		w.fail("the conversation has not come to rest")
	}
	if most := w.withCalls + w.refusals + w.conv.p.N - 1; w.asks > most {
		w.fail("the model was asked %d times, at most %d are explained", w.asks, most)
	}
	for id, call := range w.calls {
		o := c.outputs[id]
		switch {
		case !call.whole || call.beside || call.refused || !c.calls[id]:
		case call.runs == 0:
			w.fail("call %s did not run", id)
		case call.followed:
		case o == nil:
			w.fail("the output of %s is not there", id)
		case o.seen == nil && !o.maybe && c.held == free:
			w.fail("the model was not asked to go on after %s", id)
		}
	}
}
