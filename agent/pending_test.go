package agent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// late is what the model reads about a result that was pending, "" before.
func late(turn *realtimetest.Turn) string {
	m, ok := turn.Items[len(turn.Items)-1].(*api.SystemMessage)
	if !ok {
		return ""
	}
	return m.Content[0].Text
}

// texts are what the model has read. They are added to by the server.
type texts struct {
	mu   sync.Mutex
	list []string // guarded by mu
}

func (x *texts) add(text string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.list = append(x.list, text)
}

func (x *texts) all() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.list)
}

func lateScript(told *texts) realtimetest.Script {
	return realtimetest.Script{Rules: []realtimetest.Rule{
		{When: func(turn *realtimetest.Turn) bool { return late(turn) != "" }, Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
			told.add(late(turn))
			return []realtimetest.Step{say("About the refund.")}
		}},
		{When: realtimetest.Returned("refund"), Times: 1, Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
			output, _ := turn.Result("refund")
			told.add(output)
			return []realtimetest.Step{say("I have asked.")}
		}},
		rule(realtimetest.Said("refund"), calling("refund", `{"city":"Porto"}`)),
		rule(nil, say("Noon.")),
	}}
}

// saidOf returns what was said in the turns of a conversation that has ended.
func saidOf(t *testing.T, turns func(func(*Turn, error) bool)) (said []string) {
	t.Helper()
	for turn, err := range turns {
		require.NoError(t, err)
		said = append(said, turn.Said)
	}
	return said
}

// TestALongDecisionIsPending has a person decide after minutes: the model says so, the
// conversation goes on, and the model gets the result.
func TestALongDecisionIsPending(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		why  error
		drop bool
		told string
	}{
		"approved":          {told: "on its way"},
		"refused":           {why: errors.New("not this week"), told: "not this week"},
		"after lost socket": {drop: true, told: "on its way"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			desk := &Desk{Patience: time.Hour}
			var runs atomic.Int32
			refund := Func("refund", "Pays back.", func(context.Context, place) (string, error) {
				runs.Add(1)
				return "on its way", nil
			})
			refund.Approve, refund.Pending, refund.Filler = desk.Approve, 10*time.Second, "One moment."
			var told texts
			talk(t, lateScript(&told), &Agent{Tools: []Tool{refund}}, nil, func(t *testing.T, conv *Conversation, srv *realtimetest.Server) {
				t.Helper()
				turns := conv.Turns(t.Context())
				begin := time.Now()
				turn := asked(t, conv, "A refund, please.")
				assert.Contains(t, turn.Said, "I have asked.")
				assert.InDelta(t, 10, time.Since(begin).Seconds(), 1)
				require.Len(t, turn.Calls, 1)
				assert.Empty(t, turn.Calls[0].Output)
				assert.Equal(t, []string{pendingOutput}, told.all())
				time.Sleep(5 * time.Minute)
				assert.Equal(t, "Noon.", asked(t, conv, "What time is it?").Said)
				if c.drop {
					srv.Conns()[0].Drop()
				}
				require.Len(t, desk.Waiting(), 1)
				desk.Decide(desk.Waiting()[0].ID, c.why)
				time.Sleep(time.Minute)
				require.Len(t, told.all(), 2, "it reads that once")
				assert.Contains(t, told.all()[1], c.told)
				assert.Contains(t, told.all()[1], "refund")
				require.NoError(t, conv.Close())
				assert.Equal(t, "About the refund.", saidOf(t, turns)[2])
				if c.why == nil {
					assert.EqualValues(t, 1, runs.Load())
				}
				outputs := 0
				for _, e := range realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[0]) {
					if _, ok := e.Item.(*api.FunctionCallOutput); ok {
						outputs++
					}
				}
				assert.Equal(t, 1, outputs)
			})
		})
	}
}

// TestAPendingCallIsTakenOver saves the state while a decision is pending, and resumes
// before and after the function has begun.
func TestAPendingCallIsTakenOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		decided bool // in the first process, whose function never returns
		told    string
		runs    int32
	}{
		"waits for a person": {told: "on its way", runs: 1},
		"runs":               {decided: true, told: "not known", runs: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var told texts
				srv := realtimetest.New(&realtimetest.Config{Script: lateScript(&told), PingInterval: -1})
				defer srv.Close()
				var runs atomic.Int32
				desk := &Desk{Patience: time.Hour}
				tool := func(block bool) *Agent {
					refund := Func("refund", "Pays back.", func(ctx context.Context, _ place) (string, error) {
						runs.Add(1)
						if block {
							<-ctx.Done()
						}
						return "on its way", nil
					})
					refund.Approve, refund.Pending, refund.Once, refund.Timeout = desk.Approve, 10*time.Second, true, -1
					return &Agent{Tools: []Tool{refund}}
				}
				var saved atomic.Value
				o := &Options{SaveItems: true, Save: func(_ context.Context, st *State) error {
					text, err := json.Marshal(st)
					saved.Store(text)
					return err
				}}
				first, err := Start(t.Context(), dial(t, srv, "gpt-realtime"), tool(true), o)
				require.NoError(t, err)
				asked(t, first, "A refund, please.")
				if c.decided {
					desk.Decide(desk.Waiting()[0].ID, nil)
				}
				time.Sleep(time.Minute)
				text, _ := saved.Load().([]byte)
				require.NoError(t, first.Close())
				st := &State{}
				require.NoError(t, json.Unmarshal(text, st))
				second, err := Resume(t.Context(), dial(t, srv, "gpt-realtime"), tool(false), st, nil)
				require.NoError(t, err)
				time.Sleep(time.Minute)
				if !c.decided {
					require.Len(t, desk.Waiting(), 1)
					desk.Decide(desk.Waiting()[0].ID, nil)
				}
				time.Sleep(time.Minute)
				require.NoError(t, second.Close())
				require.Len(t, told.all(), 2)
				assert.Contains(t, told.all()[1], c.told)
				assert.Equal(t, c.runs, runs.Load())
			})
		})
	}
}

// TestHiddenOutputsStayOutOfTheConversation gives the model no output, and turns all of it.
func TestHiddenOutputsStayOutOfTheConversation(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{"done": nil, "failed": errors.New("no screen")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told atomic.Value
			script := realtimetest.Script{Rules: []realtimetest.Rule{
				{When: realtimetest.Returned("look"), Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
					output, _ := turn.Result("look")
					told.Store(output)
					return []realtimetest.Step{say("It is on your screen.")}
				}},
				rule(realtimetest.Said("look"), calling("look", `{"city":"Porto"}`)),
			}}
			look := Func("look", "Shows a card.", func(context.Context, place) (string, error) { return "4111", fault })
			look.Hidden = true
			talk(t, script, &Agent{Tools: []Tool{look}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				turn := asked(t, c, "Look!")
				require.Len(t, turn.Calls, 1)
				if fault != nil {
					assert.Contains(t, told.Load(), "no screen")
					return
				}
				assert.Equal(t, doneOutput, told.Load())
				assert.Equal(t, "4111", turn.Calls[0].Output)
				for _, item := range c.History().Items() {
					text, err := json.Marshal(item.Item)
					require.NoError(t, err)
					assert.NotContains(t, string(text), "4111")
				}
			})
		})
	}
}

// TestALateResultThatIsHidden has a decision take long for a tool whose output the model
// must not read: it reads that the call is done, or why it failed.
func TestALateResultThatIsHidden(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{"done": nil, "failed": errors.New("no screen")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refund := Func("refund", "Pays back.", func(context.Context, place) (string, error) {
				time.Sleep(time.Minute)
				return "4111", fault
			})
			refund.Hidden, refund.Pending, refund.Timeout = true, 10*time.Second, -1
			var told texts
			talk(t, lateScript(&told), &Agent{Tools: []Tool{refund}}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				asked(t, c, "A refund, please.")
				time.Sleep(2 * time.Minute)
				require.Len(t, told.all(), 2)
				created := 0
				for _, e := range realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[0]) {
					if _, ok := e.Item.(*api.SystemMessage); ok {
						created++
					}
				}
				assert.Equal(t, 1, created, "it is not sent again")
				assert.NotContains(t, told.all()[1], "4111")
				if fault == nil {
					assert.Contains(t, told.all()[1], doneOutput)
				} else {
					assert.Contains(t, told.all()[1], "no screen")
				}
			})
		})
	}
}
