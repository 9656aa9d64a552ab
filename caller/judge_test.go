package caller

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	rt "github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// tracker is an agent with one tool.
func tracker[In any](name string, err error) *agent.Agent {
	return &agent.Agent{Tools: []agent.Tool{agent.Func(name, "Finds a parcel.", func(context.Context, In) (string, error) { return "Porto", err })}}
}

// parcel are the arguments of the tool.
type parcel struct {
	ID int `json:"id"`
}

// named are other arguments.
type named struct {
	ID string `json:"id"`
}

// unobserved holds a call with an agent whose tools are not those of Call.Tools.
func unobserved(a *agent.Agent) Program {
	return func(ctx context.Context, c *Call) error {
		s, err := c.Connect(ctx, nil, nil)
		if err != nil {
			return err
		}
		conv, err := agent.Start(ctx, s, a, &agent.Options{Line: c.Line})
		if err != nil {
			return err
		}
		return errors.Join(conv.Wait(ctx), conv.Close())
	}
}

// answering is a program without an agent, which answers calls if an output is given.
func answering(tool, output string) Program {
	offered := &api.RealtimeSessionConfig{Tools: []api.Tool{&api.FunctionTool{Name: tool}}}
	return bridged(offered, voice.StopAtSpeech, func(m *realtime.Mux) {
		realtime.On(m, func(ctx context.Context, s *realtime.Session, e *api.ResponseFunctionCallArgumentsDone) error {
			if output == "" {
				return nil
			}
			return s.Send(ctx, &api.ConversationItemCreate{Item: api.FunctionOutput(e.CallID, output)})
		})
	})
}

// TestCallsCountsOnlyCallsOfAFunction holds that the script of a scenario does not meet calls
// by itself: the program has to have the function, and the call has to get to it.
func TestCallsCountsOnlyCallsOfAFunction(t *testing.T) {
	t.Parallel()
	refusing := tracker[parcel]("track", nil)
	refusing.Tools[0].Approve = func(context.Context, *agent.Call) error { return errors.New("not today") }
	again := tracker[parcel]("track", nil)
	again.Tools[0].Once = true
	for name, c := range map[string]struct {
		program Program
		times   *int
		calls   int    // of the model, 1 by default
		why     string // "" if it is met
	}{
		"a function":             {program: hold(tracker[parcel]("track", nil)), times: new(1)},
		"an error of its own":    {program: hold(tracker[parcel]("track", errors.New("no such parcel"))), times: new(1)},
		"no tools":               {program: hold(&agent.Agent{}), times: new(1), why: "it was called 0 times; a call that does not count: the session offers no functions"},
		"a renamed tool":         {program: hold(tracker[parcel]("trak", nil)), times: new(1), why: "it was called 0 times; a call that does not count: the session offers no function of that name; it offers trak"},
		"any number":             {program: hold(tracker[parcel]("trak", nil)), why: "it offers trak"},
		"refused arguments":      {program: hold(tracker[named]("track", nil)), times: new(1), why: `the function did not run; the model was given {"error":"the arguments do not fit`},
		"refused by a person":    {program: hold(refusing), times: new(1), why: `the function did not run; the model was given {"error":"not today"}`},
		"repeated":               {program: hold(again), calls: 2, times: new(2)},
		"must not be called":     {program: hold(tracker[parcel]("trak", nil)), times: new(0), why: "it was called once"},
		"of an unobserved agent": {program: unobserved(tracker[parcel]("track", errors.New("no such parcel"))), times: new(1)},
		"refused by that one":    {program: unobserved(tracker[named]("track", nil)), times: new(1), why: `the function did not run; the model was given {"error":"the arguments do not fit`},
		"missing in that one":    {program: unobserved(tracker[parcel]("trak", nil)), times: new(1), why: "it offers trak"},
		"without an agent":       {program: answering("track", "Porto"), times: new(1)},
		"missing without one":    {program: answering("trak", "Porto"), times: new(1), why: "it offers trak"},
		"not answered":           {program: answering("track", ""), times: new(1), why: "the program did not answer it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := []rt.Step{rt.Call{Name: "track", Arguments: `{"id":7}`}}
			if c.calls == 2 {
				script = append(script, script[0])
			}
			s := &Scenario{
				Name:     name,
				Steps:    []Step{{Do: Say("Where is parcel seven?"), Expect: []Expectation{Calls{Tool: "track", With: map[string]json.RawMessage{"id": []byte("7")}, Times: c.times}}}},
				Always:   []Expectation{NoError{}},
				Script:   &rt.Script{Rules: []rt.Rule{answers(rt.Returned("track"), "It is in Porto."), {When: rt.Said("parcel"), Do: script}}},
				Patience: 20 * time.Second,
			}
			sounds, err := s.prepare(t.Context(), true)
			require.NoError(t, err)
			synctest.Test(t, func(t *testing.T) {
				r, err := run(t.Context(), s, sounds, c.program, &Options{Dir: t.TempDir()})
				require.NoError(t, err)
				if c.why == "" {
					assert.Empty(t, r.Failures)
					return
				}
				require.NotEmpty(t, r.Failures)
				assert.Contains(t, r.Failures[0].String(), "calls: track")
				assert.Contains(t, r.Failures[0].Why, c.why)
			})
		})
	}
}
