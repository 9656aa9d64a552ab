package agent

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/socket"
	"github.com/voicelane/realtime-go/usage"
	"github.com/voicelane/realtime-go/voice"
)

// quota is what the service says about an account without credit.
const quota = "You exceeded your current quota."

// cause is why there is no answer.
type cause struct {
	rules     []realtimetest.Rule
	faults    []realtimetest.Fault
	reconnect *realtime.Reconnect
	limit     usage.Money // of the session
	spoken    bool        // on a line
	kind      error
	found     func(err error) bool // the cause is in an error
	text      string               // of the cause
	requests  int                  // for one answer; 0: the conversation ends
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func causes() map[string]cause {
	always := func(steps ...realtimetest.Step) []realtimetest.Rule {
		return []realtimetest.Rule{{Do: steps, Times: 99}}
	}
	asked := realtimetest.Is(realtimetest.Received, "response.create")
	return map[string]cause{
		"a spent quota": {
			rules: always(realtimetest.Fail{Type: realtime.CodeQuota, Code: realtime.CodeQuota, Message: quota}),
			kind:  ErrUnanswered, found: is[*realtime.ResponseError], text: "the response is failed: " + quota + " type=insufficient_quota code=insufficient_quota", requests: 1,
		},
		"a refusal": {
			rules: always(realtimetest.Refuse{Type: realtime.ErrorTypeInvalidRequest, Code: api.Value(realtime.CodeModelNotFound), Message: "No such model."}),
			kind:  ErrUnanswered, found: is[*realtime.ServerError], text: "server error: No such model. type=invalid_request_error code=model_not_found", requests: 1,
		},
		"failures": {
			rules: always(realtimetest.Fail{Type: realtime.ErrorTypeServer, Code: "overloaded", Message: "Later."}),
			kind:  ErrUnanswered, found: is[*realtime.ResponseError], text: "the response is failed: Later. type=server_error code=overloaded", requests: 5,
		},
		"a hang-up": {
			faults: []realtimetest.Fault{{At: asked, Do: realtimetest.HangUp{Code: 1013, Reason: "try later"}}},
			kind:   ErrEnded, found: is[*socket.CloseError], text: "closed by the server: 1013 try later",
		},
		"reconnection given up": {
			faults:    []realtimetest.Fault{{At: asked, Do: realtimetest.Cut{}}, {Conn: 2, Do: realtimetest.Deny{Status: 503}}, {Conn: 3, Do: realtimetest.Deny{Status: 503}}},
			reconnect: &realtime.Reconnect{Attempts: 2},
			kind:      ErrEnded, found: is[*realtime.APIError], text: "handshake refused: status 503",
		},
		"a spent budget": {
			rules: always(realtimetest.Call{Name: "look", Arguments: `{"city":"Porto"}`}), limit: 1,
			kind: ErrEnded, found: is[*usage.BudgetError], text: "usage: ",
		},
	}
}

// run holds a conversation that gets no answer, in a bubble.
func (k *cause) run(t *testing.T, o Options, f func(t *testing.T, c *Conversation, srv *realtimetest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{Script: realtimetest.Script{Rules: k.rules, Faults: k.faults}, PingInterval: -1})
		defer srv.Close()
		client, err := realtime.NewClient(&realtime.Config{
			BaseURL: "http://127.0.0.1/v1", APIKey: "any", Proxy: realtime.NoProxy, DialContext: srv.DialContext,
		})
		require.NoError(t, err)
		meter := usage.NewMeter(&usage.Options{Budget: usage.Budget{Limit: k.limit}})
		s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime-2.1"), &realtime.Options{
			PingInterval: -1, Reconnect: k.reconnect, Taps: []*realtime.Tap{meter.Tap()},
		})
		require.NoError(t, err)
		if k.limit > 0 {
			meter.Guard(s)
		}
		if k.spoken {
			o.Line = voice.NewSimLine(audio.ULaw, audio.ULaw)
		}
		c, err := Start(t.Context(), s, &Agent{}, &o)
		require.NoError(t, err)
		defer func() { require.NoError(t, c.Close()) }()
		f(t, c, srv)
	})
}

// holds holds that an error has a cause.
func (k *cause) holds(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, k.kind)
	assert.True(t, k.found(err), "%v", err)
	assert.ErrorContains(t, err, k.kind.Error()+": ")
	assert.ErrorContains(t, err, k.text)
	assert.NotContains(t, err.Error(), k.kind.Error()+": realtime: ", "a second prefix")
}

// ways are those in which a program learns that there is no answer.
var ways = map[string]func(t *testing.T, c *Conversation, k *cause){
	"the text of an answer": func(t *testing.T, c *Conversation, k *cause) {
		t.Helper()
		answer, err := c.Ask(t.Context(), "Are you there?")
		require.NoError(t, err)
		var last error
		for _, err := range answer.Text(t.Context()) {
			last = err
		}
		k.holds(t, last)
	},
	"the turn of an answer": func(t *testing.T, c *Conversation, k *cause) {
		t.Helper()
		answer, err := c.Ask(t.Context(), "Are you there?")
		require.NoError(t, err)
		turn, err := answer.Turn(t.Context())
		k.holds(t, err)
		assert.Equal(t, err, turn.Err)
	},
	"a nudge": func(t *testing.T, c *Conversation, k *cause) {
		t.Helper()
		answer, err := c.Nudge(t.Context(), "Say hello.")
		require.NoError(t, err)
		_, err = answer.Turn(t.Context())
		k.holds(t, err)
	},
	"the turns": func(t *testing.T, c *Conversation, k *cause) {
		t.Helper()
		turns := c.Turns(t.Context())
		_, err := c.Ask(t.Context(), "Are you there?")
		require.NoError(t, err)
		for turn, err := range turns {
			require.NoError(t, err)
			k.holds(t, turn.Err)
			break
		}
	},
}

// TestAnAnswerThatDoesNotComeHasItsCause holds for each cause that the ways to learn of it hold
// it, and that calls after the end of a conversation do.
func TestAnAnswerThatDoesNotComeHasItsCause(t *testing.T) {
	t.Parallel()
	for name, k := range causes() {
		for way, ask := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				var log records
				k.run(t, Options{Log: log.logger()}, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
					t.Helper()
					events := c.Watch(t.Context())
					ask(t, c, &k)
					if k.requests == 0 {
						k.afterTheEnd(t, c)
						return
					}
					assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0]), k.requests)
					require.NoError(t, c.Close())
					assert.Contains(t, log.String(), k.text)
					told := false
					for _, err := range warnings(t, events) {
						if errors.Is(err, ErrUnanswered) {
							told = true
							k.holds(t, err)
						}
					}
					assert.Equal(t, way != "a nudge", told, "a nudge has an answer that returns it")
				})
			})
		}
	}
}

// afterTheEnd holds that calls on a conversation that has ended return why.
func (k *cause) afterTheEnd(t *testing.T, c *Conversation) {
	t.Helper()
	_ = c.Wait(t.Context())
	_, err := c.Ask(t.Context(), "Are you there?")
	k.holds(t, err)
	_, err = c.Nudge(t.Context(), "Say hello.")
	k.holds(t, err)
	k.holds(t, c.Say(t.Context(), "Hello."))
	k.holds(t, c.Interrupt(t.Context()))
}

// TestASayingThatIsNotSaidHasItsCause is TestAnAnswerThatDoesNotComeHasItsCause for Say and for a
// greeting, which no call returns.
func TestASayingThatIsNotSaidHasItsCause(t *testing.T) {
	t.Parallel()
	for name, k := range causes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k.run(t, Options{}, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				if k.limit > 0 {
					return // It is spent by an answer, which says the sentence.
				}
				k.holds(t, c.Say(t.Context(), "Hello."))
			})
		})
		t.Run(name+", a greeting", func(t *testing.T) {
			t.Parallel()
			var log records
			k.run(t, Options{Greeting: "Good morning.", Log: log.logger()}, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				events := c.Watch(t.Context())
				if k.requests == 0 {
					return
				}
				time.Sleep(time.Minute)
				require.NoError(t, c.Close())
				found := 0
				for _, err := range warnings(t, events) {
					if errors.Is(err, ErrUnanswered) {
						found++
						k.holds(t, err)
					}
				}
				assert.Equal(t, 1, found)
				assert.Contains(t, log.String(), k.text)
			})
		})
	}
}

// TestASpokenTurnWithoutAnAnswerHasItsCause speaks on a line.
func TestASpokenTurnWithoutAnAnswerHasItsCause(t *testing.T) {
	t.Parallel()
	for name, k := range causes() {
		if len(k.faults) > 0 {
			k.faults[0].At = realtimetest.Is(realtimetest.Sent, "response.created")
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k.spoken = true
			k.run(t, Options{}, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				turns := c.Turns(t.Context())
				l, ok := c.Line().(*voice.SimLine)
				require.True(t, ok)
				require.NoError(t, l.Speak(t.Context(), speech(time.Second)))
				for turn, err := range turns {
					require.NoError(t, err)
					k.holds(t, turn.Err)
					break
				}
			})
		})
	}
}

// TestTheEndOfACallKeepsWhyThereWasNoAnswer hangs up while the agent asks again.
func TestTheEndOfACallKeepsWhyThereWasNoAnswer(t *testing.T) {
	t.Parallel()
	k := causes()["failures"]
	k.run(t, Options{}, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		answer, err := c.Ask(t.Context(), "Are you there?")
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.NoError(t, c.Close())
		_, err = answer.Turn(t.Context())
		k.kind = ErrEnded
		k.holds(t, err)
		_, err = c.Ask(t.Context(), "And now?")
		require.Equal(t, ErrEnded, err, "the conversation itself has ended in good order")
	})
}
