package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// The items of a conversation in a state: what the user wrote, a call, its output, and an
// answer.
const (
	wroteLook  = `{"type":"message","role":"user","id":"u1","content":[{"type":"input_text","text":"Look!"}]}`
	wroteWell  = `{"type":"message","role":"user","id":"a2","content":[{"type":"input_text","text":"Well?"}]}`
	madeCall   = `{"type":"function_call","id":"f1","call_id":"c1","name":"look","arguments":"{\"city\":\"Porto\"}"}`
	lateResult = `{"type":"message","role":"system","id":"late_1","content":[{"type":"input_text","text":"It has returned: ok"}]}`
	answered   = `{"type":"message","role":"assistant","id":"m1","content":[{"type":"output_text","text":"I have asked."}]}`
)

// pendingItem is the output of a call whose result follows.
func pendingItem(t *testing.T) string {
	t.Helper()
	output, err := json.Marshal(pendingOutput)
	require.NoError(t, err)
	return `{"type":"function_call_output","id":"` + outputID("c1") + `","call_id":"c1","output":` + string(output) + `}`
}

// resumed resumes a conversation, and returns its turns a minute later and what the server
// was asked for.
func resumed(t *testing.T, look Tool, calls, turns string, items ...string) (after []*Turn, asks int, outputs []string) {
	t.Helper()
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(realtimetest.Returned("look"), say("Seen.")), rule(nil, say("Yes."))}}
	srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
	defer srv.Close()
	st := &State{Agent: "a"}
	require.NoError(t, json.Unmarshal([]byte(calls), &st.Calls))
	require.NoError(t, json.Unmarshal([]byte(turns), &st.Turns))
	for _, item := range items {
		st.Items = append(st.Items, json.RawMessage(item))
	}
	before, err := json.Marshal(st)
	require.NoError(t, err)
	c, err := Resume(t.Context(), dial(t, srv, "gpt-realtime"), &Agent{Name: "a", Tools: []Tool{look}}, st, nil)
	require.NoError(t, err)
	list := c.Turns(t.Context())
	time.Sleep(time.Minute)
	require.NoError(t, c.Close())
	unchanged, err := json.Marshal(st)
	require.NoError(t, err)
	assert.JSONEq(t, string(before), string(unchanged), "the state is the caller's")
	for turn, err := range list {
		require.NoError(t, err)
		after = append(after, turn)
	}
	for _, e := range realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[0]) {
		if output, ok := e.Item.(*api.FunctionCallOutput); ok {
			outputs = append(outputs, output.Output)
		}
	}
	return after, len(realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0])), outputs
}

func lookFor(d time.Duration) Tool {
	return Func("look", "Looks.", func(context.Context, place) (string, error) {
		time.Sleep(d)
		return "ok", nil
	})
}

// TestWhatIsOwedAtATakeOverIsOneTurn resumes with turns and calls that have no answer, with
// one of them, and with none.
func TestWhatIsOwedAtATakeOverIsOneTurn(t *testing.T) {
	t.Parallel()
	const call = `[{"id":"c1","tool":"look","item":"f1","response":"r1","turn":"u1","arguments":{"city":"Porto"},"stage":"begun"}]`
	for name, c := range map[string]struct {
		calls, turns string
		items        []string
		user, said   string // of the turn; nothing said: there is none
		made         int
	}{
		"nothing":       {`[]`, `[]`, []string{wroteLook, answered}, "", "", 0},
		"a turn":        {`[]`, `["u1"]`, []string{wroteLook}, "Look!", "Yes.", 0},
		"two turns":     {`[]`, `["u1","a2"]`, []string{wroteLook, wroteWell}, "Look!\nWell?", "Yes.", 0},
		"a late result": {`[]`, `["late_1"]`, []string{wroteLook, answered, lateResult}, "", "Yes.", 0},
		"a call":        {call, `[]`, []string{wroteLook, madeCall}, "Look!", "Seen.", 1},
		"an output": {
			strings.Replace(call, "begun", "returned", 1), `[]`,
			[]string{wroteLook, madeCall, `{"type":"function_call_output","id":"o1","call_id":"c1","output":"ok"}`},
			"Look!", "Seen.", 0,
		},
		"a turn and call": {call, `["a2"]`, []string{wroteLook, madeCall, wroteWell}, "Look!\nWell?", "Seen.", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				turns, asks, _ := resumed(t, lookFor(time.Second), c.calls, c.turns, c.items...)
				if c.said == "" {
					assert.Empty(t, turns)
					assert.Zero(t, asks)
					return
				}
				require.Len(t, turns, 1)
				assert.Equal(t, c.user, turns[0].User)
				assert.Equal(t, c.said, turns[0].Said)
				assert.Len(t, turns[0].Calls, c.made)
				assert.Equal(t, 1, asks)
			})
		})
	}
}

// TestAPendingCallAtATakeOver resumes while a result is pending: the model goes on without it
// if it was not seen to, and then gets the result.
func TestAPendingCallAtATakeOver(t *testing.T) {
	t.Parallel()
	const head = `[{"id":"c1","tool":"look","turn":"u1","arguments":{"city":"Porto"},"stage":"begun","pending":true`
	for name, c := range map[string]struct {
		calls  string
		items  []string
		silent bool
		asks   int
	}{
		"it has gone on":         {head + `}]`, []string{wroteLook, madeCall, pendingItem(t), answered}, false, 1},
		"it goes on then":        {head + `,"item":"f1","response":"r1"}]`, []string{wroteLook, madeCall}, false, 2},
		"it has, and is silent":  {head + `}]`, []string{wroteLook, madeCall, pendingItem(t), answered}, true, 0},
		"it does, and is silent": {head + `,"item":"f1","response":"r1"}]`, []string{wroteLook, madeCall}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				look := lookFor(20 * time.Second)
				look.Pending, look.Silent = time.Second, c.silent
				_, asks, outputs := resumed(t, look, c.calls, `[]`, c.items...)
				assert.Equal(t, c.asks, asks)
				assert.Equal(t, []string{pendingOutput}, outputs)
			})
		})
	}
}

// TestWhatRanOnceDoesNotRunAgainAfterATakeOver resumes while the model repeats a call of a
// function with Once in the turn of the first one, beside later turns of the user.
func TestWhatRanOnceDoesNotRunAgainAfterATakeOver(t *testing.T) {
	t.Parallel()
	const arguments = `{"city":"Porto"}`
	calls := `[{"id":"c0","tool":"look","stage":"settled","key":"` + digest("u1", "look", arguments) + `"},
		{"id":"c1","tool":"look","item":"f1","response":"r1","turn":"u1","arguments":` + arguments + `,"stage":"waits"}]`
	for name, turns := range map[string]string{"alone": `[]`, "beside another turn": `["a2"]`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				look := Func("look", "Looks.", func(context.Context, place) (string, error) {
					assert.Fail(t, "it runs")
					return "", nil
				})
				look.Once = true
				_, asks, outputs := resumed(t, look, calls, turns, wroteLook, madeCall, wroteWell)
				assert.Equal(t, 1, asks)
				assert.Len(t, outputs, 1)
			})
		})
	}
}

// TestEqualCallsThatWaitAtATakeOver resumes with calls of a function with Once that are equal
// and wait for a person: it runs once, and all get its output.
func TestEqualCallsThatWaitAtATakeOver(t *testing.T) {
	t.Parallel()
	const arguments = `{"city":"Porto"}`
	for name, c := range map[string]struct {
		stages  []CallStage
		runs    int
		outputs []string
	}{
		"two wait":           {[]CallStage{CallWaits, CallWaits}, 1, []string{"ok", "ok"}},
		"three wait":         {[]CallStage{CallWaits, CallWaits, CallWaits}, 1, []string{"ok", "ok", "ok"}},
		"the last has begun": {[]CallStage{CallWaits, CallWaits, CallBegun}, 0, slices.Repeat([]string{errorOutput(forModel(ErrOutcomeUnknown))}, 3)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				runs := 0
				look := Func("look", "Looks.", func(context.Context, place) (string, error) {
					runs++
					return "ok", nil
				})
				look.Once, look.Approve = true, func(context.Context, *Call) error {
					time.Sleep(time.Second)
					return nil
				}
				var calls []string
				items := []string{wroteLook}
				for i, stage := range c.stages {
					calls = append(calls, fmt.Sprintf(`{"id":"c%d","tool":"look","item":"f%d","response":"r1","turn":"u1","arguments":%s,"stage":%q,"key":%q}`,
						i+1, i+1, arguments, stage, digest("u1", "look", arguments)))
					items = append(items, strings.NewReplacer("f1", fmt.Sprint("f", i+1), "c1", fmt.Sprint("c", i+1)).Replace(madeCall))
				}
				turns, asks, outputs := resumed(t, look, "["+strings.Join(calls, ",")+"]", `[]`, items...)
				assert.Equal(t, c.runs, runs)
				assert.Equal(t, c.outputs, outputs)
				assert.Equal(t, 1, asks)
				require.Len(t, turns, 1)
				assert.Equal(t, "Seen.", turns[0].Said)
			})
		})
	}
}

// TestAHandOffThatWasMadeBeforeATakeOver resumes with the agent to which the call has handed
// off already: the model reads that it is done.
func TestAHandOffThatWasMadeBeforeATakeOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const calls = `[{"id":"c1","tool":"transfer_to_a","item":"f1","response":"r1","turn":"u1","arguments":{},"stage":"begun"}]`
		made := strings.Replace(madeCall, `"name":"look"`, `"name":"transfer_to_a"`, 1)
		turns, _, outputs := resumed(t, lookFor(0), calls, `[]`, wroteLook, made)
		assert.Equal(t, []string{"{}"}, outputs)
		require.Len(t, turns, 1)
		assert.NoError(t, turns[0].Calls[0].Err)
	})
}

// TestAStateOutlivesTwoTakeOvers resumes, and takes the state again before a person has
// decided on the calls.
func TestAStateOutlivesTwoTakeOvers(t *testing.T) {
	t.Parallel()
	for _, stage := range []CallStage{CallWaits, CallBegun} {
		t.Run(string(stage), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := realtimetest.New(&realtimetest.Config{PingInterval: -1})
				defer srv.Close()
				look := lookFor(time.Second)
				look.Approve = new(Desk).Approve
				st := &State{Agent: "a", Items: []json.RawMessage{[]byte(wroteLook), []byte(madeCall)}, Calls: []CallState{{
					ID: "c1", Tool: "look", Item: "f1", Response: "r1", Turn: "u1", Arguments: []byte(`{"city":"Porto"}`), Stage: stage, Key: "k",
				}}}
				c, err := Resume(t.Context(), dial(t, srv, "gpt-realtime"), &Agent{Name: "a", Tools: []Tool{look}}, st, nil)
				require.NoError(t, err)
				defer watched(t, c)()
				synctest.Wait()
				again, err := c.State()
				require.NoError(t, err)
				assert.Equal(t, st.Calls, again.Calls)
				assert.Len(t, again.Items, 2)
			})
		})
	}
}

// TestAnAnswerThatRunsAtATakeOverIsNotGivenTwice resumes beside a call while the server is
// still about to answer.
func TestAnAnswerThatRunsAtATakeOverIsNotGivenTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, realtimetest.Wait(10*time.Second), say("Once upon a time"))}}
		srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
		defer srv.Close()
		s := dialTo(t, srv, realtime.Call("rtc_1"))
		a := &Agent{Name: "a"}
		first, err := Start(t.Context(), s, a, nil)
		require.NoError(t, err)
		_, err = first.Ask(t.Context(), "A story, please.")
		require.NoError(t, err)
		time.Sleep(time.Second)
		st, err := first.State()
		require.NoError(t, err)
		require.Len(t, st.Turns, 1)
		st.Items = nil
		require.NoError(t, s.Abort(errKilled))
		second, err := Resume(t.Context(), dialTo(t, srv, realtime.Call("rtc_1")), a, st, nil)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.NoError(t, second.Close())
		require.Len(t, srv.Conns(), 2)
		assert.Len(t, realtimetest.AllSent[*api.ResponseDone](srv.Conns()[1]), 1)
	})
}

// TestAResultThatCameBeforeATakeOver resumes beside a call once the result of a call at an MCP
// server is there, which the first process has seen, or has not: the model goes on at once.
func TestAResultThatCameBeforeATakeOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tool string
		dies time.Duration // after the question, or the decision
		want string
	}{
		"seen":                 {"search", 11 * time.Second, "It was found."},
		"not seen":             {"search", 5 * time.Second, "It was found."},
		"seen, approved":       {"erase", 11 * time.Second, "It was erased."},
		"not seen, approved":   {"erase", 5 * time.Second, "It was erased."},
		"not seen, and failed": {"break", time.Second, "It failed."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				script := library(10 * time.Second)
				script.MCP[0].Tools[1].Delay = 10 * time.Second
				last := len(script.Rules) - 1
				script.Rules[last] = realtimetest.Rule{Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
					return []realtimetest.Step{realtimetest.Wait(5 * time.Second), say(told(turn))}
				}}
				srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
				defer srv.Close()
				a := archive()
				a.Name, a.Approve = "a", func(context.Context, *Call) error { return nil }
				s := dialTo(t, srv, realtime.Call("rtc_1"))
				first, err := Start(t.Context(), s, a, nil)
				require.NoError(t, err)
				_, err = first.Ask(t.Context(), "Please "+c.tool+" it.")
				require.NoError(t, err)
				time.Sleep(c.dies)
				st, err := first.State()
				require.NoError(t, err)
				require.Len(t, st.Calls, 1)
				st.Items = nil
				require.NoError(t, s.Abort(errKilled))
				time.Sleep(20 * time.Second)
				second, err := Resume(t.Context(), dialTo(t, srv, realtime.Call("rtc_1")), a, st, nil)
				require.NoError(t, err)
				turns := second.Turns(t.Context())
				time.Sleep(20 * time.Second)
				second.mu.Lock()
				assert.True(t, second.arbiter.Idle())
				second.mu.Unlock()
				require.NoError(t, second.Close())
				assert.Equal(t, []string{c.want}, saidOf(t, turns))
			})
		})
	}
}

// TestAnApprovalBesideACallIsTakenOver resumes beside a call while a person decides on a call
// at an MCP server, which another person is asked about then, and while the service makes it.
func TestAnApprovalBesideACallIsTakenOver(t *testing.T) {
	t.Parallel()
	for name, decided := range map[string]bool{"undecided": false, "decided": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := realtimetest.New(&realtimetest.Config{Script: library(10 * time.Second), PingInterval: -1})
				defer srv.Close()
				desk := &Desk{}
				a := archive()
				a.Name, a.Approve = "a", desk.Approve
				s := dialTo(t, srv, realtime.Call("rtc_1"))
				first, err := Start(t.Context(), s, a, nil)
				require.NoError(t, err)
				_, err = first.Ask(t.Context(), "Please erase it.")
				require.NoError(t, err)
				time.Sleep(time.Second)
				if decided {
					require.True(t, desk.Decide(desk.Waiting()[0].ID, nil))
					time.Sleep(time.Second)
				}
				st, err := first.State()
				require.NoError(t, err)
				st.Items = nil
				require.NoError(t, s.Abort(errKilled))
				time.Sleep(time.Second)
				second, err := Resume(t.Context(), dialTo(t, srv, realtime.Call("rtc_1")), a, st, nil)
				require.NoError(t, err)
				turns := second.Turns(t.Context())
				time.Sleep(time.Second)
				if !decided {
					require.Len(t, desk.Waiting(), 1)
					require.True(t, desk.Decide(desk.Waiting()[0].ID, nil))
				}
				assert.Empty(t, desk.Waiting())
				time.Sleep(time.Minute)
				require.NoError(t, second.Close())
				assert.Equal(t, []string{"It was erased."}, saidOf(t, turns))
			})
		})
	}
}
