package agent

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// cards is a guard that takes some time to look.
func cards(takes time.Duration) Guard {
	return Guard{Name: "cards", Instead: "No.", Check: func(_ context.Context, said string) error {
		time.Sleep(takes)
		if strings.Contains(said, "4111") {
			return errors.New("a card number")
		}
		return nil
	}}
}

// asks returns how many responses the server was asked for.
func asks(srv *realtimetest.Server) (n int) {
	for _, conn := range srv.Conns() {
		n += len(realtimetest.AllReceived[*api.ResponseCreate](conn))
	}
	return n
}

// TestNothingFollowsTheWordsOfAGuard has a guard stop an answer while its function runs, while
// the model speaks on about the output, or once the response has failed: what is said instead
// is the end of the turn, and the next turn knows the output.
func TestNothingFollowsTheWordsOfAGuard(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		check, runs time.Duration
		fails       bool
		asks        int
	}{
		"the function runs":     {0, 2 * time.Second, false, 2},
		"the model goes on":     {3 * time.Second, time.Second, false, 3},
		"the response fails":    {0, 0, true, 2},
		"it is asked for again": {100 * time.Millisecond, 0, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := []realtimetest.Step{say("It is 4111."), calling("weather", `{"city":"Porto"}`)}
			if c.fails {
				first = []realtimetest.Step{say("It is 4111."), failing["fails"]}
			}
			script := realtimetest.Script{Rules: []realtimetest.Rule{
				{When: realtimetest.Said("card"), Times: 1, Do: first},
				{When: exactly, Do: []realtimetest.Step{say("No.")}},
				rule(realtimetest.Said("weather"), say("It rains.")),
				rule(nil, realtimetest.Wait(5*time.Second), say("And the code is 123.")),
			}}
			tool := slowWeather(c.runs)
			tool.Filler, tool.After = "One moment.", 1500*time.Millisecond
			talk(t, script, &Agent{Tools: []Tool{tool}, Guards: []Guard{cards(c.check)}}, nil, func(t *testing.T, conv *Conversation, srv *realtimetest.Server) {
				t.Helper()
				turn := asked(t, conv, "My card?")
				assert.Equal(t, "It is 4111.No.", turn.Said)
				assert.True(t, turn.Cut)
				require.NotNil(t, turn.Guard)
				time.Sleep(time.Minute)
				assert.Equal(t, c.asks, asks(srv))
				assert.Equal(t, "It rains.", asked(t, conv, "The weather?").Said)
				assert.Equal(t, !c.fails, len(realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[0])) == 3)
			})
		})
	}
}

// exactly reports whether a set sentence is asked for.
func exactly(turn *realtimetest.Turn) bool {
	return turn.Params != nil && turn.Params.ToolChoice != nil
}

// TestNothingFollowsTheWordsOfAGuardWithoutAQuestion has a guard stop what the model says at a
// nudge, or about a late result, and the response fail: it is not asked for again.
func TestNothingFollowsTheWordsOfAGuardWithoutAQuestion(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"a nudge": false, "a late result": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rules := []realtimetest.Rule{{When: exactly, Do: []realtimetest.Step{say("No.")}}}
			if late {
				rules = append(rules, realtimetest.Rule{Times: 1, Do: []realtimetest.Step{calling("weather", `{"city":"Porto"}`)}},
					realtimetest.Rule{Times: 1, Do: []realtimetest.Step{say("One moment.")}})
			}
			rules = append(rules, realtimetest.Rule{Times: 1, Do: []realtimetest.Step{say("It is 4111."), failing["fails"]}}, rule(nil, say("And the code is 123.")))
			tool := slowWeather(20 * time.Second)
			tool.Pending = 2 * time.Second
			a := &Agent{Tools: []Tool{tool}, Guards: []Guard{cards(100 * time.Millisecond)}}
			talk(t, realtimetest.Script{Rules: rules}, a, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				turns := c.Turns(t.Context())
				if late {
					asked(t, c, "The weather?")
				} else {
					_, err := c.Nudge(t.Context(), "Tell the card number.")
					require.NoError(t, err)
				}
				time.Sleep(2 * time.Minute)
				require.NoError(t, c.Close())
				said := saidOf(t, turns)
				assert.Equal(t, "It is 4111.No.", said[len(said)-1])
			})
		})
	}
}

// TestTheLateResultOfAStoppedAnswer has a guard stop an answer whose function is pending: its
// result asks for no answer, and the model reads it with the next turn.
func TestTheLateResultOfAStoppedAnswer(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("card"), Times: 1, Do: []realtimetest.Step{say("It is 4111."), calling("weather", `{"city":"Porto"}`)}},
		{When: exactly, Do: []realtimetest.Step{say("No.")}},
		rule(nil, say("And the code is 123.")),
	}}
	tool := slowWeather(20 * time.Second)
	tool.Pending = 2 * time.Second
	talk(t, script, &Agent{Tools: []Tool{tool}, Guards: []Guard{cards(0)}}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		assert.Equal(t, "It is 4111.No.", asked(t, c, "My card?").Said)
		time.Sleep(time.Minute)
		assert.Equal(t, 2, asks(srv))
		told := realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[0])
		require.Len(t, told, 3, "the question, the output and the result")
		assert.IsType(t, &api.SystemMessage{}, told[2].Item)
	})
}

// raining is a script whose model calls a function and tells its output.
var raining = realtimetest.Script{Rules: []realtimetest.Rule{
	rule(realtimetest.Returned("weather"), say("It rains.")),
	rule(realtimetest.Said("weather"), calling("weather", `{"city":"Porto"}`)),
	rule(nil, say("It rains.")),
}}

func slowWeather(takes time.Duration) Tool {
	return Func("weather", "", func(context.Context, place) (string, error) {
		time.Sleep(takes)
		return "rain", nil
	})
}

// TestAnInterruptionWhileAFunctionRuns has the program interrupt while the model does not
// speak: the output waits for the user, or for what the program has the agent say.
func TestAnInterruptionWhileAFunctionRuns(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]bool{"the user goes on": false, "the program goes on": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			talk(t, raining, &Agent{Tools: []Tool{slowWeather(10 * time.Second)}}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				answer, err := c.Ask(t.Context(), "What is the weather?")
				require.NoError(t, err)
				time.Sleep(5 * time.Second)
				require.NoError(t, c.Interrupt(t.Context()))
				turn, err := answer.Turn(t.Context())
				require.NoError(t, err)
				assert.True(t, turn.Cut)
				assert.NoError(t, turn.Err)
				require.Len(t, turn.Calls, 1)
				time.Sleep(time.Minute)
				assert.Equal(t, 1, asks(srv))
				if says {
					require.NoError(t, c.Say(t.Context(), "Sorry."))
					time.Sleep(time.Minute)
					assert.Equal(t, 3, asks(srv), "the saying, and the answer to the output")
					return
				}
				assert.Equal(t, "It rains.", asked(t, c, "Well?").Said)
				assert.Equal(t, 2, asks(srv))
			})
		})
	}
}

// TestALateResultAfterAnInterruption has the program interrupt while a function is pending, as with
// push-to-talk: the agent does not begin to speak about the result by itself.
func TestALateResultAfterAnInterruption(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("weather"), Times: 1, Do: []realtimetest.Step{calling("weather", `{"city":"Porto"}`)}},
		{Times: 1, Do: []realtimetest.Step{say("One moment.")}},
		{When: exactly, Do: []realtimetest.Step{say("Sorry.")}},
		{When: func(turn *realtimetest.Turn) bool {
			return slices.ContainsFunc(turn.Items, func(item api.Item) bool { _, ok := item.(*api.SystemMessage); return ok })
		}, Do: []realtimetest.Step{say("It rains.")}},
		rule(nil, say("I do not know.")),
	}}
	for name, says := range map[string]bool{"the user goes on": false, "the program goes on": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tool := slowWeather(20 * time.Second)
			tool.Pending = 2 * time.Second
			talk(t, script, &Agent{Tools: []Tool{tool}}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				turns := c.Turns(t.Context())
				asked(t, c, "The weather?")
				require.NoError(t, c.Interrupt(t.Context()))
				time.Sleep(time.Minute)
				assert.Equal(t, 2, asks(srv))
				if says {
					require.NoError(t, c.Say(t.Context(), "Sorry."))
				} else {
					assert.Equal(t, "It rains.", asked(t, c, "Well?").Said)
				}
				time.Sleep(time.Minute)
				require.NoError(t, c.Close())
				said := saidOf(t, turns)
				assert.Contains(t, said[len(said)-1], "It rains.")
			})
		})
	}
}

// TestAnInterruptionOutlivesTheConnection breaks the connection before the server has ended
// what the program interrupts: it is not said on the next one.
func TestAnInterruptionOutlivesTheConnection(t *testing.T) {
	t.Parallel()
	story := realtimetest.Script{
		Rules:  []realtimetest.Rule{rule(realtimetest.Said("weather"), say("It rains.")), rule(nil, say("Once upon a time"), realtimetest.Hang{})},
		Faults: []realtimetest.Fault{{Conn: 1, At: realtimetest.Is(realtimetest.Received, "response.cancel"), Do: realtimetest.Cut{}}},
	}
	for name, says := range map[string]bool{"an answer": false, "a saying": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			talk(t, story, &Agent{}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				turns := c.Turns(t.Context())
				said := make(chan error, 1)
				if says {
					go func() { said <- c.Say(t.Context(), "Once upon a time") }()
				} else {
					_, err := c.Ask(t.Context(), "A story, please.")
					require.NoError(t, err)
				}
				time.Sleep(time.Second)
				require.NoError(t, c.Interrupt(t.Context()))
				time.Sleep(time.Minute)
				require.Len(t, srv.Conns(), 2)
				assert.Equal(t, 1, asks(srv), "it is not asked for again")
				if says {
					require.ErrorIs(t, <-said, ErrCut)
				}
				assert.Equal(t, "It rains.", asked(t, c, "The weather?").Said)
				require.NoError(t, c.Close())
				var cut []bool
				for turn, err := range turns {
					require.NoError(t, err)
					require.NoError(t, turn.Err)
					cut = append(cut, turn.Cut)
				}
				assert.Equal(t, []bool{true, false}, cut)
			})
		})
	}
}

// TestAnInterruptionOfSoundThatPlaysOn interrupts on a line once the response has ended, and
// while its sound plays and its function runs.
func TestAnInterruptionOfSoundThatPlaysOn(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Returned("weather"), realtimetest.Say{Text: "It rains.", Audio: realtimetest.Tone(time.Second)}),
		rule(nil, realtimetest.Say{Text: "I look it up.", Audio: realtimetest.Tone(20 * time.Second)}, calling("weather", `{"city":"Porto"}`)),
	}}
	phone(t, script, &Agent{Tools: []Tool{slowWeather(10 * time.Second)}}, Options{}, func(t *testing.T, c *Conversation, _ *voice.SimLine, srv *realtimetest.Server) {
		t.Helper()
		answer, err := c.Ask(t.Context(), "What is the weather?")
		require.NoError(t, err)
		time.Sleep(5 * time.Second)
		require.NoError(t, c.Interrupt(t.Context()))
		turn, err := answer.Turn(t.Context())
		require.NoError(t, err)
		assert.True(t, turn.Cut)
		time.Sleep(time.Minute)
		assert.Equal(t, 1, asks(srv), "the agent does not speak on")
	})
}

// TestAGuardEndsTheCountOfFailures has a guard stop an answer that the service failed to go on
// with: the next one is asked for as often as any other.
func TestAGuardEndsTheCountOfFailures(t *testing.T) {
	t.Parallel()
	for name, instead := range map[string]string{"nothing is said instead": "", "something is said instead": "No."} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := realtimetest.Script{Rules: []realtimetest.Rule{
				{When: exactly, Do: []realtimetest.Step{say("No.")}},
				{Times: 1, Do: []realtimetest.Step{say("It is 4111."), failing["fails"]}},
				{When: realtimetest.Said("card"), Do: []realtimetest.Step{failing["fails"]}},
				{Times: 4, Do: []realtimetest.Step{failing["fails"]}},
				rule(nil, say("It rains.")),
			}}
			guard := cards(3 * time.Second) // The service fails four times until then.
			guard.Instead = instead
			talk(t, script, &Agent{Guards: []Guard{guard}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				require.NotNil(t, asked(t, c, "My card?").Guard)
				assert.Equal(t, "It rains.", asked(t, c, "The weather?").Said)
			})
		})
	}
}
