package agent

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// TestTheConnectionIsLostAtEachPoint breaks it between the announcement of a call and its
// answer: the function runs once, the model sees its output, and the user gets one answer.
func TestTheConnectionIsLostAtEachPoint(t *testing.T) {
	t.Parallel()
	at := func(d realtimetest.Direction, kind string, nth int) realtimetest.Fault {
		return realtimetest.Fault{Conn: 1, At: realtimetest.Is(d, kind), Nth: nth, Do: realtimetest.Cut{}}
	}
	for name, fault := range map[string]realtimetest.Fault{
		"asked the first time":   at(realtimetest.Received, "response.create", 1),
		"announced":              at(realtimetest.Sent, "response.output_item.done", 1),
		"announced and complete": at(realtimetest.Sent, "response.done", 1),
		"running":                {},
		"output written":         at(realtimetest.Received, "conversation.item.create", 2),
		"output confirmed":       at(realtimetest.Sent, "conversation.item.added", 3),
		"asked":                  at(realtimetest.Received, "response.create", 2),
		"being answered":         at(realtimetest.Sent, "response.output_text.delta", 1),
		"answered":               at(realtimetest.Sent, "response.done", 2),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var faults []realtimetest.Fault
			if fault.Do != nil {
				faults = append(faults, fault)
			}
			var mu sync.Mutex
			var told []string
			script := realtimetest.Script{Faults: faults, Rules: []realtimetest.Rule{
				{When: realtimetest.Returned("look"), Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
					output, _ := turn.Result("look")
					mu.Lock()
					defer mu.Unlock()
					told = append(told, output)
					return []realtimetest.Step{say("Seen.")}
				}},
				rule(realtimetest.Said("look"), calling("look", `{"city":"Porto"}`)),
			}}
			var runs atomic.Int32
			var server *realtimetest.Server
			look := Func("look", "Looks.", func(context.Context, place) (string, error) {
				runs.Add(1)
				time.Sleep(time.Second / 2)
				if name == "running" {
					server.Conns()[0].Drop()
				}
				time.Sleep(time.Second / 2)
				return "ok", nil
			})
			talk(t, script, &Agent{Tools: []Tool{look}}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				server = srv
				begin := time.Now()
				turn := asked(t, c, "Look!")
				assert.Contains(t, turn.Said, "Seen.")
				assert.Less(t, time.Since(begin), 4*time.Second, "the user waits for the function and the connection alone")
				time.Sleep(time.Minute)
				if name != "announced" { // Half of a response: it is asked for again, and calls again.
					assert.EqualValues(t, 1, runs.Load())
				}
				assert.Len(t, srv.Conns(), 2, "it broke")
				require.NotEmpty(t, told)
				for _, output := range told {
					assert.Equal(t, "ok", output)
				}
				answers := 0
				for _, item := range c.History().Items() {
					if _, ok := item.Item.(*api.AssistantMessage); ok {
						answers++
					}
				}
				assert.Equal(t, 1, answers, "one answer is held")
			})
		})
	}
}

// TestRequestsCoalesce asks several times while the model answers: one answer sees all.
func TestRequestsCoalesce(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		{Times: 1, Do: []realtimetest.Step{realtimetest.Wait(time.Second), say("First.")}},
		rule(nil, say("The rest.")),
	}}
	talk(t, script, &Agent{}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		var answers []*Answer
		for i := range 5 {
			answer, err := c.Ask(t.Context(), fmt.Sprint("Question ", i))
			require.NoError(t, err)
			answers = append(answers, answer)
			time.Sleep(10 * time.Millisecond) // The first answer begins.
		}
		for i, answer := range answers {
			turn, err := answer.Turn(t.Context())
			require.NoError(t, err)
			assert.Equal(t, map[bool]string{true: "First.", false: "The rest."}[i == 0], turn.Said)
		}
		assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0]), 2)
	})
}

// TestFailuresAreLoggedWithoutContent logs calls that fail, and nothing that was said.
func TestFailuresAreLoggedWithoutContent(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Returned("fly"), say("Sorry.")),
		rule(realtimetest.Said("fly"), calling("fly", `{"city":"Porto"}`), calling("look", `{"city":"Porto"}`)),
	}}
	look := Func("look", "", func(context.Context, place) (string, error) { panic("of 4111") })
	var mu sync.Mutex
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return text.Write(p)
	}), nil))
	talk(t, script, &Agent{Tools: []Tool{look}}, &Options{Log: log}, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		asked(t, c, "Please fly, says 4111.")
		mu.Lock()
		defer mu.Unlock()
		assert.Contains(t, text.String(), "function=fly")
		assert.Contains(t, text.String(), "no such function")
		assert.Contains(t, text.String(), "error=panic")
		assert.NotContains(t, text.String(), "4111")
		assert.NotContains(t, text.String(), "Porto")
	})
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// TestAHandOffFollowsWhatItCopies hands off while a call waits to be handled that the
// conversation holds already: a handler of the program holds it up. The call runs, and the
// model does not make it again in the session that takes over.
func TestAHandOffFollowsWhatItCopies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		script := realtimetest.Script{Rules: []realtimetest.Rule{
			{When: realtimetest.Returned("look"), Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
				return []realtimetest.Step{say("Seen. I am: " + *turn.Session.Instructions)}
			}},
			rule(realtimetest.Said("look"), calling("look", `{"city":"Porto"}`)),
		}}
		srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
		defer srv.Close()
		front, billing := agents("gpt-realtime-mini")
		look := Func("look", "", func(context.Context, place) (string, error) { return "ok", nil })
		front.Tools, billing.Tools = []Tool{look}, []Tool{look}
		mux := realtime.NewMux()
		realtime.On(mux, func(context.Context, *realtime.Session, *api.ResponseOutputItemDone) error {
			time.Sleep(time.Second)
			return nil
		})
		c, err := Start(t.Context(), nil, front, &Options{Connect: connector(t, srv), Bridge: &voice.BridgeOptions{Mux: mux}})
		require.NoError(t, err)
		defer func() { assert.NoError(t, c.Close()) }()
		answer, err := c.Ask(t.Context(), "Look!")
		require.NoError(t, err)
		time.Sleep(100 * time.Millisecond)
		items := c.History().Items()
		require.Len(t, items, 2)
		require.Equal(t, realtime.ItemComplete, items[1].State, "the session knows the call, and the agent does not")
		require.NoError(t, c.HandOff(t.Context(), billing))
		turn, err := answer.Turn(t.Context())
		require.NoError(t, err)
		assert.Contains(t, turn.Said, "Seen. I am: ")
		assert.Same(t, billing, c.Agent())
		for _, e := range realtimetest.AllSent[*api.ResponseOutputItemDone](srv.Conns()[1]) {
			assert.IsType(t, &api.AssistantMessage{}, e.Item, "the call was copied with its output, and is not made again")
		}
	})
}

// TestAHandOffWaitsForAHandlerWithinABound has a handler of the program hold up for long what
// has changed the conversation.
func TestAHandOffWaitsForAHandlerWithinABound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{PingInterval: -1, Script: realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("Yes."))}}})
		defer srv.Close()
		front, billing := agents("gpt-realtime-mini")
		mux := realtime.NewMux()
		realtime.On(mux, func(context.Context, *realtime.Session, *api.ConversationItemAdded) error {
			time.Sleep(time.Minute)
			return nil
		})
		c, err := Start(t.Context(), nil, front, &Options{Connect: connector(t, srv), Bridge: &voice.BridgeOptions{Mux: mux}})
		require.NoError(t, err)
		defer watched(t, c)()
		require.NoError(t, c.Tell(t.Context(), "The caller is a member."))
		begin := time.Now()
		require.NoError(t, c.HandOff(t.Context(), billing))
		assert.Equal(t, followWithin, time.Since(begin))
		assert.Equal(t, []string{"The caller is a member."}, words(c.History().Items()))
	})
}

// TestWhatTheUserAskedBeforeAnOutageIsInOrder has a new connection hold questions that the one
// before has not confirmed.
func TestWhatTheUserAskedBeforeAnOutageIsInOrder(t *testing.T) {
	t.Parallel()
	talk(t, realtimetest.Script{}, &Agent{}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		srv.Conns()[0].Stall(-1)
		var asking sync.WaitGroup
		defer asking.Wait()
		var want, holds []string
		for i := range 8 {
			want = append(want, "Question "+strconv.Itoa(i)+".")
			asking.Go(func() { _, _ = c.Ask(t.Context(), want[i]) })
			synctest.Wait()
			c.mu.Lock()
			for id, in := range c.inputs {
				if in.text == want[i] {
					holds = append(holds, id)
				}
			}
			c.mu.Unlock()
		}
		c.mu.Lock()
		c.back(&realtime.Reconnected{Restored: holds})
		assert.Equal(t, strings.Join(want, "\n"), c.asking(holds[0]).turn.User)
		c.mu.Unlock()
		require.NoError(t, c.Close())
	})
}
