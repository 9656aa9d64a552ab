package agent

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// TestAnOutputThatIsThereIsNotMadeAgain resumes with a conversation that holds the output
// of a call which the state takes for running.
func TestAnOutputThatIsThereIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		script := realtimetest.Script{Rules: []realtimetest.Rule{rule(realtimetest.Returned("look"), say("Seen."))}}
		srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
		defer srv.Close()
		look := Func("look", "Looks.", func(context.Context, place) (string, error) {
			assert.Fail(t, "it runs")
			return "", nil
		})
		st := &State{}
		require.NoError(t, json.Unmarshal([]byte(`{
			"agent": "a",
			"calls": [{"id": "c1", "tool": "look", "item": "f1", "response": "r1", "turn": "u1", "arguments": {"city": "Porto"}, "stage": "begun"}],
			"items": [
				{"type": "message", "role": "user", "id": "u1", "content": [{"type": "input_text", "text": "Look!"}]},
				{"type": "function_call", "id": "f1", "call_id": "c1", "name": "look", "arguments": "{\"city\":\"Porto\"}"},
				{"type": "function_call_output", "id": "o1", "call_id": "c1", "output": "seen"}
			]
		}`), st))
		c, err := Resume(t.Context(), dial(t, srv, "gpt-realtime"), &Agent{Name: "a", Tools: []Tool{look}}, st, nil)
		require.NoError(t, err)
		turns := c.Turns(t.Context())
		time.Sleep(time.Minute)
		require.NoError(t, c.Close())
		var said []string
		for turn, err := range turns {
			require.NoError(t, err)
			assert.Equal(t, "Look!", turn.User)
			said = append(said, turn.Said)
		}
		assert.Equal(t, []string{"Seen."}, said)
	})
}

// TestAFunctionThatRunsOnceWaitsForItsLedger has the state not be saved: the function does
// not run, and the model gets a note.
func TestAFunctionThatRunsOnceWaitsForItsLedger(t *testing.T) {
	t.Parallel()
	var told string
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Returned("pay"), Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
			told, _ = turn.Result("pay")
			return []realtimetest.Step{say("Sorry.")}
		}},
		rule(realtimetest.Said("pay"), calling("pay", `{"city":"Porto"}`)),
	}}
	pay := Func("pay", "Pays.", func(context.Context, place) (string, error) {
		assert.Fail(t, "it runs")
		return "", nil
	})
	pay.Once = true
	full := errors.New("the disk is full")
	var saves atomic.Int32
	var mended atomic.Bool
	o := &Options{Save: func(context.Context, *State) error {
		if mended.Load() {
			saves.Add(1)
			return nil
		}
		return full
	}}
	talk(t, script, &Agent{Tools: []Tool{pay}}, o, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		events := c.Watch(t.Context())
		turn := asked(t, c, "Pay!")
		assert.Equal(t, "Sorry.", turn.Said)
		require.ErrorIs(t, turn.Calls[0].Err, ErrNotSaved)
		require.ErrorIs(t, turn.Calls[0].Err, full)
		assert.Contains(t, told, "could not begin")
		time.Sleep(10 * saveAgain) // Nothing changes any more.
		mended.Store(true)
		time.Sleep(2 * saveAgain)
		saved := saves.Load()
		assert.Positive(t, saved, "it is tried again")
		time.Sleep(time.Minute)
		assert.Equal(t, saved, saves.Load(), "and not after it was saved")
		require.NoError(t, c.Close())
		warned := 0
		for e, err := range events {
			require.NoError(t, err)
			if w, ok := e.(*Warning); ok && errors.Is(w.Err, full) {
				warned++
			}
		}
		assert.Positive(t, warned)
	})
}

func TestStateIsExported(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Returned("pay"), say("Paid.")),
		rule(realtimetest.Said("pay"), calling("pay", `{"city":"Porto"}`)),
	}}
	pay := Func("pay", "Pays.", func(context.Context, place) (string, error) {
		time.Sleep(time.Second)
		return "ok", nil
	})
	pay.Once = true
	talk(t, script, &Agent{Name: "cashier", Tools: []Tool{pay}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		require.ErrorIs(t, c.SetData(make([]byte, maxData+1)), ErrDataTooLarge)
		data := []byte(strings.Repeat("x", maxData))
		require.NoError(t, c.SetData(data))
		data[0] = 'y'
		answer, err := c.Ask(t.Context(), "Pay!")
		require.NoError(t, err)
		time.Sleep(time.Second / 2)
		st, err := c.State()
		require.NoError(t, err)
		assert.Equal(t, "cashier", st.Agent)
		require.Len(t, st.Calls, 1)
		assert.Equal(t, CallBegun, st.Calls[0].Stage)
		assert.JSONEq(t, `{"city":"Porto"}`, string(st.Calls[0].Arguments))
		assert.NotEmpty(t, st.Calls[0].Key)
		assert.Len(t, st.Items, 2)
		assert.Equal(t, strings.Repeat("x", maxData), string(st.Data))
		assert.Equal(t, strings.Repeat("x", maxData), string(c.Data()))
		_, err = answer.Turn(t.Context())
		require.NoError(t, err)
		st, err = c.State()
		require.NoError(t, err)
		require.Len(t, st.Calls, 1)
		assert.Equal(t, CallState{ID: st.Calls[0].ID, Tool: "pay", Stage: CallSettled, Key: st.Calls[0].Key}, st.Calls[0])
		assert.Empty(t, st.Turns)
		assert.Len(t, st.Items, 4)
	})
}

// TestAStateThatIsSavedIsNoWarning saves after each change of a conversation.
func TestAStateThatIsSavedIsNoWarning(t *testing.T) {
	t.Parallel()
	var saves atomic.Int32
	o := &Options{Save: func(context.Context, *State) error {
		saves.Add(1)
		return nil
	}}
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("Yes."))}}
	talk(t, script, &Agent{}, o, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		events := c.Watch(t.Context())
		asked(t, c, "Are you there?")
		time.Sleep(time.Minute)
		assert.Positive(t, saves.Load())
		require.NoError(t, c.Close())
		assert.Empty(t, warnings(t, events))
	})
}

func TestResumeRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	a := &Agent{Name: "a"}
	a.Handoffs = []*Agent{a, {Name: "b"}}
	for name, c := range map[string]struct {
		a    *Agent
		st   *State
		text string
	}{
		"no agent":         {nil, &State{}, "no agent"},
		"no state":         {a, nil, "no state"},
		"an unknown agent": {a, &State{Agent: "c"}, `"c"`},
		"a broken item":    {a, &State{Agent: "b", Items: []json.RawMessage{[]byte("[]")}}, "items"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := realtimetest.New(&realtimetest.Config{PingInterval: -1})
				defer srv.Close()
				s := dial(t, srv, "gpt-realtime")
				defer func() { assert.NoError(t, s.Close()) }()
				l, _ := voice.Pipe(audio.ULaw)
				_, err := Resume(t.Context(), s, c.a, c.st, &Options{Line: l})
				require.ErrorContains(t, err, c.text)
			})
		})
	}
}

// TestARemoteCallIsLostWithItsProcess resumes in a new session a call that the service made
// at an MCP server, which cannot be created there: the model gets a note, and goes on.
func TestARemoteCallIsLostWithItsProcess(t *testing.T) {
	t.Parallel()
	for _, stage := range []CallStage{CallWaits, CallBegun} {
		t.Run(string(stage), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := realtimetest.New(&realtimetest.Config{PingInterval: -1, Script: realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("I see."))}}})
				defer srv.Close()
				approve := func(context.Context, *Call) error {
					assert.Fail(t, "there is nothing to approve any more")
					return nil
				}
				item, err := json.Marshal(api.UserText("Look!"))
				require.NoError(t, err)
				st := &State{Items: []json.RawMessage{item}, Calls: []CallState{{
					ID: "m1", Item: "m1", Response: "r1", Turn: "u1", Tool: "search", Server: "docs", Remote: true, Stage: stage,
				}}}
				if stage == CallBegun {
					approve = nil
				}
				c, err := Resume(t.Context(), dial(t, srv, "gpt-realtime"), &Agent{Approve: approve}, st, nil)
				require.NoError(t, err)
				turns := c.Turns(t.Context())
				time.Sleep(time.Minute)
				require.NoError(t, c.Close())
				n := 0
				for turn, err := range turns {
					require.NoError(t, err)
					assert.Equal(t, "I see.", turn.Said)
					n++
				}
				assert.Equal(t, 1, n)
				var told []string
				for _, e := range realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[0]) {
					if m, ok := e.Item.(*api.SystemMessage); ok {
						told = append(told, m.Content[0].Text)
					}
				}
				require.Len(t, told, 1)
				assert.Contains(t, told[0], "search")
				assert.Contains(t, told[0], "lost")
			})
		})
	}
}

// TestCallsThatOnlyTheirArgumentsShowRunInOrder has a server that sends no item of a call.
func TestCallsThatOnlyTheirArgumentsShowRunInOrder(t *testing.T) {
	t.Parallel()
	talk(t, realtimetest.Script{}, &Agent{Tools: []Tool{lookFor(0)}}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		conn := srv.Conns()[0]
		conn.Send(&api.ResponseCreated{Response: api.Response{ID: "resp_1", Status: api.ResponseStatusInProgress}})
		var want []string
		for i := range 8 {
			want = append(want, "call_"+strconv.Itoa(i))
			conn.Send(&api.ResponseFunctionCallArgumentsDone{ResponseID: "resp_1", ItemID: "item_" + want[i], CallID: want[i], Name: "look", Arguments: `{"city":"Porto"}`})
		}
		conn.Send(&api.ResponseDone{Response: api.Response{ID: "resp_1", Status: api.ResponseStatusCompleted}})
		time.Sleep(time.Millisecond)
		c.mu.Lock()
		defer c.mu.Unlock()
		var got []string
		for _, w := range c.order {
			got = append(got, w.ID)
		}
		assert.Equal(t, want, got)
	})
}
