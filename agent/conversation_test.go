package agent

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"runtime"
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

// dial connects to a server in the same bubble.
func dial(t *testing.T, srv *realtimetest.Server, model string) *realtime.Session {
	t.Helper()
	return dialTo(t, srv, realtime.Model(model))
}

func dialTo(t *testing.T, srv *realtimetest.Server, target realtime.Target) *realtime.Session {
	t.Helper()
	client, err := realtime.NewClient(&realtime.Config{
		BaseURL: "http://127.0.0.1/v1", APIKey: "any", Proxy: realtime.NoProxy, DialContext: srv.DialContext,
		Logger: slog.New(saysWhy{slog.DiscardHandler, t}),
	})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), target, &realtime.Options{
		PingInterval: -1, Reconnect: &realtime.Reconnect{MaxAge: -1, InitialDelay: 100 * time.Millisecond},
	})
	require.NoError(t, err)
	return s
}

// connector opens sessions with the models of agents.
func connector(t *testing.T, srv *realtimetest.Server) func(context.Context, *Agent) (*realtime.Session, error) {
	t.Helper()
	return func(_ context.Context, a *Agent) (*realtime.Session, error) {
		return dial(t, srv, string(cmp.Or(a.Model, "gpt-realtime"))), nil
	}
}

// saysWhy fails the test for a record of an error that is none.
type saysWhy struct {
	slog.Handler

	t *testing.T
}

func (saysWhy) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

func (h saysWhy) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" {
			assert.NotNil(h.t, a.Value.Any(), r.Message)
		}
		return true
	})
	return nil
}

func (h saysWhy) WithAttrs([]slog.Attr) slog.Handler { return h }

// talk runs a test with a conversation in writing, in a bubble.
func talk(t *testing.T, script realtimetest.Script, a *Agent, o *Options, f func(t *testing.T, c *Conversation, srv *realtimetest.Server)) {
	t.Helper()
	talkTo(t, realtime.Model("gpt-realtime"), script, a, o, f)
}

// talkTo is talk with any target, such as a call.
func talkTo(t *testing.T, target realtime.Target, script realtimetest.Script, a *Agent, o *Options, f func(t *testing.T, c *Conversation, srv *realtimetest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
		defer srv.Close()
		c, err := Start(t.Context(), dialTo(t, srv, target), a, o)
		require.NoError(t, err)
		defer watched(t, c)()
		f(t, c, srv)
	})
}

// watched returns what closes a conversation, and then holds that each warning of it had an
// error.
func watched(t *testing.T, c *Conversation) (closes func()) {
	t.Helper()
	events := c.Watch(context.WithoutCancel(t.Context()))
	return func() {
		assert.NoError(t, c.Close())
		for e, err := range events {
			if w, ok := e.(*Warning); ok && err == nil {
				assert.Error(t, w.Err)
			}
		}
	}
}

// asked asks and returns the turn, which is over within ten minutes.
func asked(t *testing.T, c *Conversation, text string) *Turn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	answer, err := c.Ask(ctx, text)
	require.NoError(t, err)
	turn, err := answer.Turn(ctx)
	require.NoError(t, err)
	return turn
}

func say(text string) realtimetest.Step { return realtimetest.Say{Text: text} }

func calling(name, arguments string) realtimetest.Step {
	return realtimetest.Call{Name: name, Arguments: arguments}
}

func rule(when func(*realtimetest.Turn) bool, do ...realtimetest.Step) realtimetest.Rule {
	return realtimetest.Rule{When: when, Do: do}
}

func TestAnswersInWriting(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(realtimetest.Said("hello"), realtimetest.Wait(time.Second), say("Good morning, reader."))}}
	talk(t, script, &Agent{Instructions: Text("You are a librarian.")}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		turns := c.Turns(t.Context())
		answer, err := c.Ask(t.Context(), "Hello!")
		require.NoError(t, err)
		var pieces []string
		for piece, err := range answer.Text(t.Context()) {
			require.NoError(t, err)
			require.NotEmpty(t, piece)
			pieces = append(pieces, piece)
		}
		text := strings.Join(pieces, "")
		assert.Equal(t, "Good morning, reader.", text)
		turn, err := answer.Turn(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "Hello!", turn.User)
		assert.Equal(t, text, turn.Said)
		assert.Equal(t, time.Second, turn.FirstSound, "the first piece of text is what the user waits for")
		assert.Equal(t, time.Second, turn.FirstHeard)
		assert.False(t, turn.Cut)
		assert.Positive(t, turn.Usage.TotalTokens)
		current, ok := c.Session().Current().(*api.RealtimeSession)
		require.True(t, ok)
		assert.Equal(t, "You are a librarian.", *current.Instructions)
		assert.Equal(t, []api.Modality{api.ModalityText}, current.OutputModalities)
		require.NoError(t, c.Close())
		require.NoError(t, c.Wait(t.Context()))
		assert.Equal(t, Program, c.End().By)
		n := 0
		for same, err := range turns {
			require.NoError(t, err)
			assert.Equal(t, turn.Said, same.Said)
			n++
		}
		assert.Equal(t, 1, n)
		_, err = c.Ask(t.Context(), "Hello?")
		require.ErrorIs(t, err, ErrEnded)
		require.ErrorIs(t, c.Say(t.Context(), "Bye"), ErrEnded)
	})
}

type place struct {
	City string `json:"city" enum:"Porto,Lisbon"`
}

func TestToolsRunInParallelAndTheModelGoesOnOnce(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Returned("weather"), say("Rain in both.")),
		rule(realtimetest.Said("rain"), calling("weather", `{"city":"Porto"}`), calling("weather", `{"city":"Lisbon"}`)),
	}}
	weather := func(ctx context.Context, in place) (map[string]bool, error) {
		time.Sleep(time.Minute / 4)
		return map[string]bool{"rain": CallFrom(ctx).Tool == "weather"}, nil
	}
	a := &Agent{Tools: []Tool{Func("weather", "Tells the weather.", weather)}}
	talk(t, script, a, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		begin := time.Now()
		turn := asked(t, c, "Does it rain?")
		assert.Less(t, time.Since(begin), 20*time.Second, "in parallel")
		assert.Equal(t, "Rain in both.", turn.Said)
		require.Len(t, turn.Calls, 2)
		assert.JSONEq(t, `{"rain":true}`, turn.Calls[0].Output)
		assert.Equal(t, 15*time.Second, turn.Calls[0].Took)
		assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0]), 2)
	})
}

// TestFailedCallsAreToldToTheModel covers every way in which a call has no result.
func TestFailedCallsAreToldToTheModel(t *testing.T) {
	t.Parallel()
	type in struct {
		N int `json:"n" maximum:"9"`
	}
	fail := errors.New("the flight is full")
	for name, c := range map[string]struct {
		f         func(context.Context, in) (string, error)
		tool      Tool
		name      string
		arguments string
		told      string
		err       error
	}{
		"an error":          {f: func(context.Context, in) (string, error) { return "", fail }, told: "the flight is full", err: fail},
		"a panic":           {f: func(context.Context, in) (string, error) { panic("secret") }, told: "the function failed"},
		"Goexit":            {f: func(context.Context, in) (string, error) { runtime.Goexit(); return "", nil }, told: "the function failed", err: ErrExited},
		"never":             {f: func(ctx context.Context, _ in) (string, error) { time.Sleep(time.Hour); return "late", nil }, told: "too long", err: ErrTooSlow},
		"its own time":      {f: func(ctx context.Context, _ in) (string, error) { <-ctx.Done(); return "", ctx.Err() }, tool: Tool{Timeout: time.Second}, told: "too long", err: ErrTooSlow},
		"too large":         {f: func(context.Context, in) (string, error) { return strings.Repeat("x", maxOutput+1), nil }, told: "too large", err: ErrOutputTooLarge},
		"unknown":           {name: "fly", told: "no such function", err: ErrUnknownFunction},
		"not JSON":          {arguments: `{"n"`, told: "not JSON"},
		"do not fit":        {arguments: `{"n":10}`, told: "maximum"},
		"an approval":       {tool: Tool{Approve: func(context.Context, *Call) error { return fail }}, told: "the flight is full", err: fail},
		"a silent approval": {tool: Tool{Approve: func(context.Context, *Call) error { panic("secret") }}, told: "the function failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.name == "" {
				c.name = "book"
			}
			if c.arguments == "" {
				c.arguments = `{"n":1}`
			}
			if c.f == nil {
				c.f = func(context.Context, in) (string, error) { return "booked", nil }
			}
			var told string
			script := realtimetest.Script{Rules: []realtimetest.Rule{
				{When: realtimetest.Returned(c.name), Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
					told, _ = turn.Result(c.name)
					return []realtimetest.Step{say("Sorry.")}
				}},
				rule(realtimetest.Said("book"), calling(c.name, c.arguments)),
			}}
			c.tool.Name, c.tool.Func = "book", Fn(c.f)
			talk(t, script, &Agent{Tools: []Tool{c.tool}}, nil, func(t *testing.T, conv *Conversation, _ *realtimetest.Server) {
				t.Helper()
				turn := asked(t, conv, "Book it.")
				assert.Equal(t, "Sorry.", turn.Said)
				require.Len(t, turn.Calls, 1)
				assert.Contains(t, told, c.told)
				assert.NotContains(t, told, "secret")
				require.Error(t, turn.Calls[0].Err)
				if c.err != nil {
					require.ErrorIs(t, turn.Calls[0].Err, c.err)
				}
				time.Sleep(time.Hour) // For functions that are late.
			})
		})
	}
}

func TestGreetingAndGoodbye(t *testing.T) {
	t.Parallel()
	var heard []string
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("bye"), Do: []realtimetest.Step{say("Bye."), calling("end_call", `{}`)}},
		{Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
			heard = append(heard, *turn.Params.Instructions)
			return []realtimetest.Step{say("Hello, how can I help?")}
		}},
	}}
	a := &Agent{Tools: []Tool{EndCall("When the user says goodbye.")}}
	talk(t, script, a, &Options{Greeting: "Hello, how can I help?"}, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		turns := c.Turns(t.Context())
		_, err := c.Ask(t.Context(), "Bye!")
		require.NoError(t, err)
		require.NoError(t, c.Wait(t.Context()))
		assert.Equal(t, Model, c.End().By)
		var said []string
		for turn, err := range turns {
			require.NoError(t, err)
			said = append(said, turn.Said)
		}
		assert.Equal(t, "Bye.", said[len(said)-1])
		require.Len(t, heard, 1)
		assert.Contains(t, heard[0], "word for word")
	})
}
