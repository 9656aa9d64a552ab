package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// takeOver is one conversation that two processes run, one after the other: the first is
// killed, which ends its connection and lets nothing more be saved.
type takeOver struct {
	t    *testing.T
	srv  *realtimetest.Server
	call bool          // beside a call, whose server keeps the conversation
	gone chan struct{} // closed at the end of the test

	mu     sync.Mutex // guards what follows
	killed bool
	kill   func()
	stored []byte
	runs   map[string]int
	told   []string // the outputs that the model saw
}

var errKilled = errors.New("killed")

func newTakeOver(t *testing.T, call bool, faults ...realtimetest.Fault) *takeOver {
	t.Helper()
	w := &takeOver{t: t, call: call, gone: make(chan struct{}), runs: map[string]int{}, kill: func() {}}
	// A call that was made while no process listened is known to none, so that the model of
	// a call goes on without it. In a session of its own it is made again.
	returned := func(turn *realtimetest.Turn) bool {
		_, paid := turn.Result("pay")
		_, looked := turn.Result("look")
		return paid && (looked || call)
	}
	w.srv = realtimetest.New(&realtimetest.Config{PingInterval: -1, Script: realtimetest.Script{Faults: faults, Rules: []realtimetest.Rule{
		{When: returned, Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
			paid, _ := turn.Result("pay")
			looked, _ := turn.Result("look")
			w.mu.Lock()
			defer w.mu.Unlock()
			w.told = append(w.told, paid+"|"+looked)
			return []realtimetest.Step{say("All done.")}
		}},
		rule(realtimetest.Said("pay"), calling("pay", `{"city":"Porto"}`), calling("look", `{"city":"Porto"}`)),
	}}})
	return w
}

func (w *takeOver) close() {
	close(w.gone)
	w.srv.Close()
}

func (w *takeOver) dies() {
	w.mu.Lock()
	kill := w.kill
	w.killed = true
	w.mu.Unlock()
	kill()
}

// diesHere is dies on a goroutine of the process, which does nothing more.
func (w *takeOver) diesHere() {
	w.dies()
	<-w.gone
	runtime.Goexit()
}

func (w *takeOver) dead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.killed
}

// agent returns the agent of a process. Its function hooks are called with what runs.
func (w *takeOver) agent(running, returning func(tool string)) *Agent {
	run := func(tool string) func(context.Context, place) (string, error) {
		return func(ctx context.Context, _ place) (string, error) {
			w.mu.Lock()
			w.runs[tool]++
			w.mu.Unlock()
			running(tool)
			time.Sleep(time.Second)
			returning(tool)
			return tool + " ok", nil
		}
	}
	pay, look := Func("pay", "Pays.", run("pay")), Func("look", "Looks.", run("look"))
	pay.Once = true
	speaker := &Agent{Name: "cashier", Tools: []Tool{pay, look}}
	return &Agent{Name: "front", Handoffs: []*Agent{speaker}}
}

func (w *takeOver) dial() *realtime.Session {
	client, err := realtime.NewClient(&realtime.Config{
		BaseURL: "http://127.0.0.1/v1", APIKey: "any", Proxy: realtime.NoProxy, DialContext: w.srv.DialContext,
	})
	require.NoError(w.t, err)
	target := realtime.Model("gpt-realtime")
	if w.call {
		target = realtime.Call("rtc_1")
	}
	s, err := client.Connect(w.t.Context(), target, &realtime.Options{PingInterval: -1})
	require.NoError(w.t, err)
	return s
}

// first runs the first process until it is dead, and reports whether it died at the point
// in question: states that follow each other at once may be saved as one. saved is called
// with each state that was saved.
func (w *takeOver) first(a *Agent, saved func(st *State)) (reached bool) {
	save := func(_ context.Context, st *State) error {
		text, err := json.Marshal(st)
		if !assert.NoError(w.t, err) {
			return err
		}
		w.mu.Lock()
		if w.killed {
			w.mu.Unlock()
			return errKilled
		}
		w.stored = text
		w.mu.Unlock()
		saved(st)
		return nil
	}
	s := w.dial()
	c, err := Start(w.t.Context(), s, a.Handoffs[0], &Options{Save: save, SaveItems: !w.call})
	require.NoError(w.t, err)
	require.NoError(w.t, c.SetData([]byte("basket 7")))
	w.mu.Lock()
	w.kill = func() { go func() { _ = s.Abort(errKilled) }() }
	w.mu.Unlock()
	_, _ = c.Ask(w.t.Context(), "Pay and look, please.") // It may be killed meanwhile.
	synctest.Wait()
	time.Sleep(time.Minute)
	reached = w.dead()
	if !reached {
		w.dies()
	}
	_ = c.Wait(w.t.Context())
	return reached
}

// second resumes, and returns the state that it began from.
func (w *takeOver) second(a *Agent) *State {
	st := &State{}
	if w.stored == nil {
		return st // It is as if nothing had begun.
	}
	require.NoError(w.t, json.Unmarshal(w.stored, st))
	c, err := Resume(w.t.Context(), w.dial(), a, st, nil)
	require.NoError(w.t, err)
	time.Sleep(time.Minute)
	assert.Equal(w.t, "cashier", c.Agent().Name)
	assert.Equal(w.t, "basket 7", string(c.Data()))
	after, err := c.State()
	require.NoError(w.t, err)
	assert.Empty(w.t, after.Turns, "every turn has its answer")
	for _, call := range after.Calls {
		assert.Equal(w.t, CallSettled, call.Stage)
	}
	require.NoError(w.t, c.Close())
	return st
}

// answered reports whether the server has given a whole answer that saw the outputs.
func (w *takeOver) answered() bool {
	for _, conn := range w.srv.Conns() {
		for _, e := range realtimetest.AllSent[*api.ResponseDone](conn) {
			if len(e.Response.Output) == 1 && e.Response.Status == api.ResponseStatusCompleted {
				if _, ok := e.Response.Output[0].(*api.AssistantMessage); ok {
					return true
				}
			}
		}
	}
	return false
}

func nothing(string) {}

// What the model reads of the function with Once: its output, or that it is not known.
const paid, unknown = "pay ok|", "not known"

// deathPoint is a point of a call at which the first process dies: after a frame, after a
// state was saved, or in the function with Once.
type deathPoint struct {
	frame              *realtimetest.Fault
	saved              CallStage // of the call of the function with Once
	running, returning bool

	told  string // what the model reads of it
	begun int    // runs of it in the first process
}

// frameNo is the point after the nth frame of a kind on the first connection.
func frameNo(nth int, d realtimetest.Direction, kind string) *realtimetest.Fault {
	return &realtimetest.Fault{Conn: 1, Nth: nth, Do: realtimetest.Cut{}, At: realtimetest.Is(d, kind)}
}

var deathPoints = map[string]deathPoint{
	"announced":            {frame: frameNo(1, realtimetest.Sent, "response.output_item.done"), told: paid},
	"announced and saved":  {saved: CallWaits, told: paid},
	"begun":                {saved: CallBegun, told: unknown},
	"running":              {running: true, told: unknown, begun: 1},
	"returning":            {returning: true, told: unknown, begun: 1},
	"returned":             {saved: CallReturned, told: paid, begun: 1},
	"output written":       {frame: frameNo(2, realtimetest.Received, "conversation.item.create"), told: paid, begun: 1},
	"output confirmed":     {frame: frameNo(4, realtimetest.Sent, "conversation.item.added"), told: paid, begun: 1},
	"asked":                {frame: frameNo(2, realtimetest.Received, "response.create"), told: paid, begun: 1},
	"being answered":       {frame: frameNo(1, realtimetest.Sent, "response.output_text.delta"), told: paid, begun: 1},
	"answered":             {frame: frameNo(2, realtimetest.Sent, "response.done"), told: paid, begun: 1},
	"answered and settled": {saved: CallSettled, told: paid, begun: 1},
}

// TestTakeOverAtEachPoint kills the process at each point of a call, beside a call and in a
// session of its own: the function with Once runs once, the model gets a note if its outcome is
// unknown, and the user gets an answer.
func TestTakeOverAtEachPoint(t *testing.T) {
	t.Parallel()
	for name, at := range deathPoints {
		for _, beside := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, call %t", name, beside), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := at.world(t, beside)
					defer w.close()
					if at.die(w) {
						assert.Equal(t, at.begun, w.runs["pay"])
					}
					at.check(w, w.second(w.agent(nothing, nothing)), name == "announced")
				})
			})
		}
	}
}

// world returns a world in which the process dies after the frame, if that is the point.
func (at deathPoint) world(t *testing.T, beside bool) (w *takeOver) {
	t.Helper()
	if at.frame == nil {
		return newTakeOver(t, beside)
	}
	f, n := *at.frame, 0
	f.At = func(e realtimetest.Entry) bool {
		if !at.frame.At(e) {
			return false
		}
		if n++; n == f.Nth {
			w.dies()
		}
		return true
	}
	w = newTakeOver(t, beside, f)
	return w
}

// die runs the first process, and reports whether it died at the point.
func (at deathPoint) die(w *takeOver) (reached bool) {
	here := func(do bool) func(string) {
		return func(tool string) {
			if do && tool == "pay" && !w.dead() {
				w.diesHere()
			}
		}
	}
	return w.first(w.agent(here(at.running), here(at.returning)), func(st *State) {
		for _, c := range st.Calls {
			if c.Tool == "pay" && c.Stage == at.saved {
				w.diesHere()
			}
		}
	})
}

// check holds both processes to the rules. St is the state that the second began from. The
// frame that announces the call may be unseen.
func (at deathPoint) check(w *takeOver, st *State, unseen bool) {
	if unseen && len(st.Turns)+len(st.Calls) == 0 {
		return // It died before it could save what the user said.
	}
	want := at.told
	for _, call := range st.Calls {
		if call.Tool == "pay" && call.Stage == CallBegun && want == paid {
			want = "" // It died before it could save the return: either is right.
		}
	}
	assert.LessOrEqual(w.t, w.runs["pay"], 1, "it runs once")
	assert.True(w.t, w.answered())
	if w.call && unseen {
		return // No process has seen the call.
	}
	require.NotEmpty(w.t, w.told)
	for _, told := range w.told {
		assert.Contains(w.t, told, want)
		assert.True(w.t, w.call || strings.HasSuffix(told, "|look ok"), told)
	}
	if want == paid {
		assert.Equal(w.t, 1, w.runs["pay"])
	}
}

// TestTakeOverAtAnyFrame kills the process after each frame of the conversation.
func TestTakeOverAtAnyFrame(t *testing.T) {
	t.Parallel()
	for k := range 60 {
		for _, call := range []bool{false, true} {
			t.Run(fmt.Sprintf("frame %d, call %t", k, call), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var w *takeOver
					n := 0
					w = newTakeOver(t, call, realtimetest.Fault{Conn: 1, Nth: k + 1, Do: realtimetest.Cut{}, At: func(realtimetest.Entry) bool {
						if n++; n == k+6 { // After the settings.
							w.dies()
						}
						return n >= 6
					}})
					defer w.close()
					w.first(w.agent(nothing, nothing), func(*State) {})
					st := w.second(w.agent(nothing, nothing))
					assert.LessOrEqual(t, w.runs["pay"], 1, "it runs once")
					if len(st.Turns)+len(st.Calls) > 0 {
						assert.True(t, w.answered())
					}
				})
			})
		}
	}
}
