package agent

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// records is a log in memory.
type records struct {
	mu   sync.Mutex
	text strings.Builder // guarded by mu
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *records) logger() *slog.Logger { return slog.New(slog.NewTextHandler(r, nil)) }

// warnings returns the errors of the warnings of a conversation that has ended.
func warnings(t *testing.T, events iter.Seq2[Event, error]) (errs []error) {
	t.Helper()
	for e, err := range events {
		require.NoError(t, err)
		if w, ok := e.(*Warning); ok {
			errs = append(errs, w.Err)
		}
	}
	return errs
}

// failing are the ways in which a service gives no answer.
var failing = map[string]realtimetest.Step{
	"refuses": realtimetest.Refuse{Type: "server_error", Code: api.Value("overloaded"), Message: "later"},
	"fails":   realtimetest.Fail{Type: "server_error", Code: "broken", Message: "m"},
}

// TestAQuestionWithoutAnAnswerIsGivenUp has the service fail for a while: the agent asks a few
// times, further and further apart, and then tells why there is no answer. The next question
// is answered.
func TestAQuestionWithoutAnAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, fault := range failing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log records
			script := realtimetest.Script{Rules: []realtimetest.Rule{{Do: []realtimetest.Step{fault}, Times: 5}, rule(nil, say("Yes."))}}
			talk(t, script, &Agent{}, &Options{Log: log.logger()}, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				events := c.Watch(t.Context())
				begin := time.Now()
				answer, err := c.Ask(t.Context(), "Are you there?")
				require.NoError(t, err)
				_, err = answer.Turn(t.Context())
				require.ErrorIs(t, err, ErrUnanswered)
				assert.Equal(t, 3750*time.Millisecond, time.Since(begin), "250 ms, and twice as long each time")
				assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0]), 5)
				assert.Equal(t, "Yes.", asked(t, c, "And now?").Said)
				require.NoError(t, c.Close())
				last := error(nil)
				for _, err := range answer.Text(t.Context()) {
					last = err
				}
				require.ErrorIs(t, last, ErrUnanswered)
				unanswered := 0
				for _, err := range warnings(t, events) {
					if errors.Is(err, ErrUnanswered) {
						unanswered++
					}
				}
				assert.Equal(t, 1, unanswered)
				assert.Contains(t, log.String(), "lost=false")
			})
		})
	}
}

// TestASayingThatIsNotSaidIsGivenUp is TestAQuestionWithoutAnAnswerIsGivenUp for what the
// program wants said.
func TestASayingThatIsNotSaidIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, fault := range failing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := realtimetest.Script{Rules: []realtimetest.Rule{{Do: []realtimetest.Step{fault}, Times: 99}}}
			talk(t, script, &Agent{}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				require.ErrorIs(t, c.Say(t.Context(), "Hello."), ErrUnanswered)
				answer, err := c.Nudge(t.Context(), "Say hello.")
				require.NoError(t, err)
				_, err = answer.Turn(t.Context())
				require.ErrorIs(t, err, ErrUnanswered)
			})
		})
	}
}

// TestAModelThatDoesNotGoOnIsAWarning has the service fail after a function has returned.
func TestAModelThatDoesNotGoOnIsAWarning(t *testing.T) {
	t.Parallel()
	for name, fault := range failing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := realtimetest.Script{Rules: []realtimetest.Rule{
				{When: realtimetest.Said("look"), Do: []realtimetest.Step{calling("look", `{"city":"Porto"}`)}, Times: 1},
				{Do: []realtimetest.Step{fault}, Times: 99},
			}}
			look := Func("look", "", func(context.Context, place) (string, error) { return "ok", nil })
			talk(t, script, &Agent{Tools: []Tool{look}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				events := c.Watch(t.Context())
				answer, err := c.Ask(t.Context(), "Look!")
				require.NoError(t, err)
				turn, err := answer.Turn(t.Context())
				require.ErrorIs(t, err, ErrUnanswered)
				require.Equal(t, err, turn.Err)
				require.NoError(t, c.Close())
				var gone []string
				for _, err := range warnings(t, events) {
					if errors.Is(err, ErrNoFollowUp) {
						failed, ok := errors.AsType[*CallError](err)
						require.True(t, ok)
						gone = append(gone, failed.CallID)
					}
				}
				assert.Equal(t, []string{turn.Calls[0].ID}, gone)
			})
		})
	}
}

// TestSpeechThatALostConnectionTakesIsAWarning breaks the connection before what the user said
// was transcribed: the next one cannot be given that, and the turn ends without an answer.
func TestSpeechThatALostConnectionTakesIsAWarning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{PingInterval: -1, Script: realtimetest.Script{
			Heard:  []realtimetest.Heard{{Text: "A story, please.", Delay: time.Minute}},
			Rules:  []realtimetest.Rule{rule(nil, realtimetest.Wait(time.Second), say("Once upon a time"))},
			Faults: []realtimetest.Fault{{Conn: 1, At: realtimetest.Is(realtimetest.Sent, "response.created"), Do: realtimetest.Cut{}}},
		}})
		defer srv.Close()
		var log records
		l := voice.NewSimLine(audio.ULaw, audio.ULaw)
		c, err := Start(t.Context(), dial(t, srv, "gpt-realtime"), &Agent{}, &Options{Line: l, Log: log.logger()})
		require.NoError(t, err)
		events, turns := c.Watch(t.Context()), c.Turns(t.Context())
		require.NoError(t, l.Speak(t.Context(), speech(time.Second)))
		time.Sleep(time.Minute)
		require.NoError(t, c.Close())
		require.Len(t, srv.Conns(), 2)
		var unanswered []string
		for _, err := range warnings(t, events) {
			if errors.Is(err, ErrUnanswered) {
				unanswered = append(unanswered, err.Error())
			}
		}
		assert.Len(t, unanswered, 1)
		assert.Contains(t, log.String(), "lost=true")
		assert.Equal(t, []string{""}, saidOf(t, turns))
	})
}

// TestErrorsOfOtherRequestsAreNotTheAgents has a request of the program fail, which has its
// error, and one of the agent: the warning is about that alone, and it is asked again.
func TestErrorsOfOtherRequestsAreNotTheAgents(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		{Times: 1, Do: []realtimetest.Step{failing["refuses"]}},
		rule(nil, say("Yes.")),
	}}
	talk(t, script, &Agent{}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		events := c.Watch(t.Context())
		require.Error(t, c.History().Delete(t.Context(), "nothing"))
		srv.Conns()[0].Send(&api.ErrorEvent{Error: api.Error{Type: "server_error", Message: "of no request"}})
		begin := time.Now()
		assert.Equal(t, "Yes.", asked(t, c, "Are you there?").Said)
		assert.Less(t, time.Since(begin), time.Second)
		require.NoError(t, c.Close())
		errs := warnings(t, events)
		require.Len(t, errs, 1)
		refused, ok := errors.AsType[*realtime.ServerError](errs[0])
		require.True(t, ok)
		assert.Equal(t, "overloaded", refused.Code())
	})
}

// TestAQuestionThatIsTakenBackHasNoAnswer deletes what the user wrote while the model still
// speaks about something else.
func TestAQuestionThatIsTakenBackHasNoAnswer(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, realtimetest.Wait(time.Minute), say("Once upon a time"))}}
	talk(t, script, &Agent{}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		begin := time.Now()
		story, err := c.Ask(t.Context(), "A story, please.")
		require.NoError(t, err)
		time.Sleep(time.Second)
		question, err := c.Ask(t.Context(), "And the time?")
		require.NoError(t, err)
		time.Sleep(time.Second)
		for _, item := range c.History().Items() {
			if item.Text() == "And the time?" {
				require.NoError(t, c.History().Delete(t.Context(), item.ID()))
			}
		}
		turn, err := story.Turn(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "Once upon a time", turn.Said)
		_, err = question.Turn(t.Context())
		require.ErrorIs(t, err, ErrUnanswered)
		assert.Less(t, time.Since(begin), 2*time.Minute)
		assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0]), 1, "nothing is asked for")
	})
}
