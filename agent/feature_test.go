package agent

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/socket"
	"github.com/voicelane/realtime-go/voice"
)

func TestOnceRunsOnceForEqualArgumentsOfATurn(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Returned("pay"), Times: 1, Do: []realtimetest.Step{calling("pay", `{"city":"Porto"}`)}},
		rule(realtimetest.Returned("pay"), say("Paid.")),
		rule(realtimetest.Said("pay"), calling("pay", `{"city":"Porto"}`), calling("pay", `{ "city": "Porto" }`), calling("pay", `{"city":"Lisbon"}`)),
	}}
	var runs atomic.Int32
	pay := Func("pay", "Pays.", func(context.Context, place) (int, error) {
		time.Sleep(time.Second)
		return int(runs.Add(1)), nil
	})
	pay.Once = true
	talk(t, script, &Agent{Tools: []Tool{pay}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		turn := asked(t, c, "Pay!")
		assert.EqualValues(t, 2, runs.Load())
		require.Len(t, turn.Calls, 4)
		assert.Equal(t, turn.Calls[0].Output, turn.Calls[1].Output)
		assert.Equal(t, turn.Calls[0].Output, turn.Calls[3].Output, "in the next response too")
		asked(t, c, "Pay again!")
		assert.EqualValues(t, 4, runs.Load(), "another turn of the user")
	})
}

func TestAPersonDecidesAndNothingElseWaits(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Returned("refund"), say("Done.")),
		rule(realtimetest.Said("refund"), calling("refund", `{"city":"Porto"}`)),
		rule(realtimetest.Said("time"), say("Noon.")),
	}}
	for name, why := range map[string]error{"approved": nil, "refused": errors.New("not this week")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			desk := &Desk{}
			refund := Func("refund", "Pays back.", func(context.Context, place) (string, error) { return "on its way", nil })
			refund.Approve, refund.Timeout = desk.Approve, time.Second
			talk(t, script, &Agent{Tools: []Tool{refund}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				turns := c.Turns(t.Context())
				answer, err := c.Ask(t.Context(), "A refund, please.")
				require.NoError(t, err)
				time.Sleep(10 * time.Second) // Longer than the tool's own time.
				require.Len(t, desk.Waiting(), 1)
				assert.Equal(t, "Noon.", asked(t, c, "What time is it?").Said)
				id := desk.Waiting()[0].ID
				assert.False(t, desk.Decide("other", nil))
				assert.True(t, desk.Decide(id, why))
				assert.False(t, desk.Decide(id, why))
				_, err = answer.Turn(t.Context())
				require.NoError(t, err)
				for turn, err := range turns {
					require.NoError(t, err)
					if strings.Contains(turn.Said, "Done.") {
						break
					}
				}
				c.mu.Lock()
				defer c.mu.Unlock()
				require.ErrorIs(t, c.works[id].Err, why)
			})
		})
	}
}

func TestDeskLosesPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &Desk{}
		begin := time.Now()
		require.ErrorIs(t, d.Approve(t.Context(), &Call{ID: "a"}), errUndecided)
		assert.Equal(t, 2*time.Minute, time.Since(begin))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, d.Approve(ctx, &Call{ID: "a"}), context.DeadlineExceeded)
		assert.Empty(t, d.Waiting())
	})
}

func TestFillerIsSaidWhileASlowToolRuns(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Returned("search"), say("Found it.")),
		{When: realtimetest.Said("search"), Times: 1, Do: []realtimetest.Step{calling("search", `{"city":"Porto"}`)}},
		rule(nil, say("One moment.")),
	}}
	for name, c := range map[string]struct {
		takes time.Duration
		said  string
	}{"slow": {4 * time.Second, "One moment.Found it."}, "fast": {time.Millisecond, "Found it."}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tool := Func("search", "Searches.", func(context.Context, place) (string, error) {
				time.Sleep(c.takes)
				return "found", nil
			})
			tool.Filler = "One moment."
			talk(t, script, &Agent{Tools: []Tool{tool}}, nil, func(t *testing.T, conv *Conversation, _ *realtimetest.Server) {
				t.Helper()
				assert.Equal(t, c.said, asked(t, conv, "Search!").Said)
			})
		})
	}
}

func TestSilentAndPrivateTools(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Said("note"), say("Noted."), calling("note", `{"city":"Porto"}`)),
	}}
	tool := Func("note", "Notes.", func(context.Context, place) (string, error) { return "secret", nil })
	tool.Silent, tool.Private = true, true
	talk(t, script, &Agent{Tools: []Tool{tool}}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		events := c.Watch(t.Context())
		turn := asked(t, c, "Note that.")
		time.Sleep(time.Minute)
		assert.Equal(t, "Noted.", turn.Said)
		assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0]), 1, "it is not asked to go on")
		outputs := realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[0])
		output, ok := outputs[len(outputs)-1].Item.(*api.FunctionCallOutput)
		require.True(t, ok)
		assert.Equal(t, "secret", output.Output)
		require.NoError(t, c.Close())
		calls := 0
		for e, err := range events {
			require.NoError(t, err)
			switch e := e.(type) {
			case *Called:
				calls++
				assert.Empty(t, e.Call.Arguments)
			case *Returned:
				calls++
				assert.Empty(t, e.Call.Output)
			}
		}
		assert.Equal(t, 2, calls)
	})
}

// agents returns two agents that hand off to each other.
func agents(model api.Model) (front, billing *Agent) {
	front = &Agent{Name: "front", Instructions: Text("You welcome."), When: "For the rest."}
	billing = &Agent{Name: "billing", Instructions: Text("You bill."), When: "For invoices.", Model: model, Handoffs: []*Agent{front}}
	front.Handoffs = []*Agent{billing}
	return front, billing
}

func handOffs() realtimetest.Script {
	return realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Returned("transfer_to_billing"), Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
			return []realtimetest.Step{say("I am: " + *turn.Session.Instructions)}
		}},
		rule(realtimetest.Said("invoice"), calling("transfer_to_billing", `{}`)),
	}}
}

func TestHandOffInTheSession(t *testing.T) {
	t.Parallel()
	front, billing := agents("")
	talk(t, handOffs(), front, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		turn := asked(t, c, "My invoice is wrong.")
		assert.Equal(t, "I am: You bill.", turn.Said)
		assert.Same(t, billing, turn.Agent)
		assert.Same(t, billing, c.Agent())
		assert.Len(t, srv.Conns(), 1)
		current, ok := c.Session().Current().(*api.RealtimeSession)
		require.True(t, ok)
		require.Len(t, current.Tools, 1)
		tool, ok := current.Tools[0].(*api.FunctionTool)
		require.True(t, ok)
		assert.Equal(t, "transfer_to_front", tool.Name)
	})
}

func TestHandOffToAnotherModelTakesTheConversationAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{Script: handOffs(), PingInterval: -1})
		defer srv.Close()
		front, _ := agents("gpt-realtime-mini")
		c, err := Start(t.Context(), nil, front, &Options{Connect: connector(t, srv)})
		require.NoError(t, err)
		defer func() { assert.NoError(t, c.Close()) }()
		asked(t, c, "Good morning.")
		begin := time.Now()
		turn := asked(t, c, "My invoice is wrong.")
		assert.Equal(t, "I am: You bill.", turn.Said)
		assert.Less(t, time.Since(begin), followWithin, "nothing is waited for")
		require.Len(t, srv.Conns(), 2)
		var texts []string
		for _, e := range realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[1]) {
			switch x := e.Item.(type) {
			case *api.UserMessage:
				texts = append(texts, *x.Content[0].Text)
			case *api.AssistantMessage:
				texts = append(texts, "answer")
			case *api.FunctionCall:
				texts = append(texts, x.Name)
			case *api.FunctionCallOutput:
				texts = append(texts, x.Output)
			default:
			}
		}
		assert.Equal(t, []string{"Good morning.", "answer", "My invoice is wrong.", "transfer_to_billing", `{"assistant":"billing"}`}, texts)
		assert.Equal(t, "gpt-realtime-mini", string(current(t, c).Model))
		_, _, closed := srv.Conns()[0].Closed()
		assert.True(t, closed)
	})
}

func current(t *testing.T, c *Conversation) *api.RealtimeSession {
	t.Helper()
	s, ok := c.Session().Current().(*api.RealtimeSession)
	require.True(t, ok)
	return s
}

func TestGuardStopsWhatIsSaid(t *testing.T) {
	t.Parallel()
	card := errors.New("a card number")
	guard := Guard{Name: "cards", Every: 5, Instead: "I cannot read that aloud.", Check: func(_ context.Context, said string) error {
		if strings.Contains(said, "4111") {
			return card
		}
		return nil
	}}
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("card"), Times: 1, Do: []realtimetest.Step{say("It is 4111."), realtimetest.Hang{}}},
		rule(nil, say("I cannot read that aloud.")),
	}}
	talk(t, script, &Agent{Guards: []Guard{guard}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		turn := asked(t, c, "My card?")
		require.NotNil(t, turn.Guard)
		assert.Equal(t, "cards", turn.Guard.Guard.Name)
		require.ErrorIs(t, turn.Guard.Err, card)
		assert.True(t, turn.Cut)
		assert.True(t, strings.HasSuffix(turn.Said, "I cannot read that aloud."), turn.Said)
		assert.Equal(t, "I cannot read that aloud.", asked(t, c, "And now?").Said, "the conversation goes on")
	})
}

func TestGuardsOfTools(t *testing.T) {
	t.Parallel()
	secret := errors.New("that is confidential")
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Returned("look"), say("Sorry.")),
		rule(realtimetest.Said("look"), calling("look", `{"city":"Porto"}`)),
	}}
	for name, guard := range map[string]Guard{
		"input":  {Input: func(_ context.Context, c *Call) error { return secret }},
		"output": {Output: func(_ context.Context, c *Call) error { assert.Equal(t, "inside", c.Output); return secret }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tool := Func("look", "Looks.", func(context.Context, place) (string, error) { return "inside", nil })
			talk(t, script, &Agent{Tools: []Tool{tool}, Guards: []Guard{guard}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				turn := asked(t, c, "Look!")
				assert.JSONEq(t, `{"error":"that is confidential"}`, turn.Calls[0].Output)
			})
		})
	}
}

func TestTheProgramSpeaks(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		{Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
			switch text := *turn.Params.Instructions; {
			case strings.Contains(text, "word for word"):
				return []realtimetest.Step{say("Please hold.")}
			case strings.Contains(text, "Ask for the name."):
				return []realtimetest.Step{say("Who is there?")}
			}
			return []realtimetest.Step{realtimetest.Hang{}}
		}},
	}}
	talk(t, script, &Agent{Instructions: Text("You answer.")}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		turns := c.Turns(t.Context())
		require.NoError(t, c.Say(t.Context(), "Please hold."))
		require.NoError(t, c.Tell(t.Context(), "The caller is a member."))
		answer, err := c.Nudge(t.Context(), "Ask for the name.")
		require.NoError(t, err)
		turn, err := answer.Turn(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "Who is there?", turn.Said)
		require.NoError(t, c.HangUp(t.Context(), "Please hold."))
		var said []string
		for turn, err := range turns {
			require.NoError(t, err)
			said = append(said, turn.Said)
		}
		assert.Equal(t, []string{"Please hold.", "Who is there?", "Please hold."}, said)
		assert.Equal(t, Program, c.End().By)
	})
}

// TestQuestionsBehindASayingAreOneTurn refuses an answer for a moment, in which the program
// wants something said, which comes first. Another question meanwhile joins the first one.
func TestQuestionsBehindASayingAreOneTurn(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Instructed("word for word"), realtimetest.Wait(2*time.Second), say("We close soon. ")),
		{Times: 1, Do: []realtimetest.Step{failing["refuses"]}},
		rule(nil, say("Yes.")),
	}}
	talk(t, script, &Agent{}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		first, err := c.Ask(t.Context(), "Are you there?")
		require.NoError(t, err)
		time.Sleep(100 * time.Millisecond)
		said := make(chan error, 1)
		go func() { said <- c.Say(t.Context(), "We close soon.") }()
		time.Sleep(time.Second)
		second, err := c.Ask(t.Context(), "Hello?")
		require.NoError(t, err)
		for _, answer := range []*Answer{first, second} {
			turn, err := answer.Turn(t.Context())
			require.NoError(t, err)
			assert.Equal(t, "Are you there?\nHello?", turn.User)
			assert.Equal(t, "We close soon. Yes.", turn.Said)
		}
		require.NoError(t, <-said)
	})
}

func TestInterruptStopsTheAnswer(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("story"), Do: []realtimetest.Step{say("Once upon a time"), realtimetest.Hang{}}},
		rule(nil, say("Yes.")),
	}}
	talk(t, script, &Agent{}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		answer, err := c.Ask(t.Context(), "Tell me a story.")
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.NoError(t, c.Interrupt(t.Context()))
		turn, err := answer.Turn(t.Context())
		require.NoError(t, err)
		assert.True(t, turn.Cut)
		assert.Equal(t, "Once upon a time", turn.Said)
		assert.Equal(t, "Yes.", asked(t, c, "Are you there?").Said)
	})
}

func TestRefreshAsksTheAgentAgain(t *testing.T) {
	t.Parallel()
	n := 0
	a := &Agent{
		Instructions: func(_ context.Context, c *Conversation) (string, error) {
			n++
			return strings.Repeat("x", n), nil
		},
		Toolbox: func(context.Context) ([]Tool, error) {
			return []Tool{Func(strings.Repeat("t", n), "", func(context.Context, place) (string, error) { return "", nil })}, nil
		},
	}
	talk(t, realtimetest.Script{}, a, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		assert.Equal(t, "x", *current(t, c).Instructions)
		require.NoError(t, c.Refresh(t.Context()))
		assert.Equal(t, "xx", *current(t, c).Instructions)
		require.Len(t, current(t, c).Tools, 1)
	})
}

func TestStartRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	ok := Func("f", "", func(context.Context, place) (string, error) { return "", nil })
	fault := errors.New("no database")
	for name, c := range map[string]struct {
		a    *Agent
		text string
	}{
		"no agent":           {text: "no agent"},
		"a type":             {&Agent{Name: "desk", Tools: []Tool{Func("f", "", func(context.Context, string) (string, error) { return "", nil })}}, `tool "f" of "desk"`},
		"a name":             {&Agent{Tools: []Tool{{Name: "f f", Func: ok.Func}}}, "a name consists"},
		"two of a name":      {&Agent{Tools: []Tool{ok, ok}}, "two of this name"},
		"no function":        {&Agent{Tools: []Tool{{Name: "f"}}}, "no function"},
		"a schema":           {&Agent{Tools: []Tool{{Name: "f", Func: broken{}}}}, "schema"},
		"instructions":       {&Agent{Instructions: func(context.Context, *Conversation) (string, error) { return "", fault }}, "no database"},
		"toolbox":            {&Agent{Toolbox: func(context.Context) ([]Tool, error) { return nil, fault }}, "no database"},
		"a hand-off to none": {&Agent{Handoffs: []*Agent{nil}}, "to no agent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := realtimetest.New(&realtimetest.Config{PingInterval: -1})
				defer srv.Close()
				s := dial(t, srv, "gpt-realtime")
				defer func() { assert.NoError(t, s.Close()) }()
				_, err := Start(t.Context(), s, c.a, nil)
				require.ErrorContains(t, err, c.text)
			})
		})
	}
	_, err := Start(t.Context(), nil, &Agent{}, nil)
	require.ErrorContains(t, err, "Options.Connect")
}

type broken struct{}

func (broken) Schema() json.RawMessage                               { return json.RawMessage(`{"type":7}`) }
func (broken) Call(context.Context, json.RawMessage) (string, error) { return "", nil }

// TestTheServiceEndsTheConversation closes it with an error, and in good order.
func TestTheServiceEndsTheConversation(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]int{"an error": 4000, "in order": 1000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			talk(t, realtimetest.Script{}, &Agent{}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				turns := c.Turns(t.Context())
				srv.Conns()[0].Close(code, "enough")
				closed, ok := errors.AsType[*socket.CloseError](c.Wait(t.Context()))
				require.True(t, ok)
				assert.Equal(t, code, closed.Code)
				assert.Equal(t, End{By: Service, Err: c.Wait(t.Context())}, c.End())
				for _, err := range turns {
					require.Error(t, err)
				}
			})
		})
	}
}

// TestAgentsThatNeedASessionOfTheirOwn hands off by model, and on a line by voice.
func TestAgentsThatNeedASessionOfTheirOwn(t *testing.T) {
	t.Parallel()
	mini, same := &Agent{Model: "gpt-realtime-mini"}, &Agent{Model: "gpt-realtime"}
	marin, cedar := &Agent{Voice: api.VoiceMarin}, &Agent{Voice: api.VoiceCedar}
	elsewhere := func(c *Conversation, list ...*Agent) (where []bool) {
		for _, a := range list {
			where = append(where, c.elsewhere(a))
		}
		return where
	}
	t.Run("in writing", func(t *testing.T) {
		t.Parallel()
		talk(t, realtimetest.Script{}, marin, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
			t.Helper()
			assert.Equal(t, []bool{false, false, true, false, false}, elsewhere(c, &Agent{}, same, mini, marin, cedar))
		})
	})
	phone(t, realtimetest.Script{}, marin, Options{}, func(t *testing.T, c *Conversation, _ *voice.SimLine, _ *realtimetest.Server) {
		t.Helper()
		assert.Equal(t, []bool{false, false, true, false, true}, elsewhere(c, &Agent{}, same, mini, marin, cedar))
	})
}
