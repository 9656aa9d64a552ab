package caller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	rt "github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/voice"
)

// bridged is a program without an agent: a bridge, and handlers of its own.
func bridged(settings *api.RealtimeSessionConfig, policy voice.Policy, handle func(*realtime.Mux)) Program {
	return func(ctx context.Context, c *Call) error {
		s, err := c.Connect(ctx, nil, nil)
		if err != nil {
			return err
		}
		defer s.Close()
		mux := realtime.NewMux()
		handle(mux)
		b, err := voice.NewBridge(s, c.Line, &voice.BridgeOptions{Mux: mux, BargeIn: policy})
		if err != nil {
			return err
		}
		if settings != nil {
			realtime.On(mux, func(ctx context.Context, s *realtime.Session, _ *api.SessionCreated) error {
				return s.Send(ctx, &api.SessionUpdate{Session: settings})
			})
		}
		return b.Run(ctx)
	}
}

func nothing(*realtime.Mux) {}

// deafLine never drops what it is to play.
type deafLine struct{ *voice.SimLine }

func (deafLine) Clear(context.Context) error { return nil }

// twice are calls that the model makes again.
func twice(name string) []rt.Step { return []rt.Step{rt.Call{Name: name}, rt.Call{Name: name}} }

// plantedFaults are programs and servers with one fault each, and the expectations that
// must name it.
func plantedFaults() map[string]struct {
	steps   []Step
	rules   []rt.Rule
	program Program
	options *Options
	fails   []string
} {
	const ms = time.Millisecond
	type planted = struct {
		steps   []Step
		rules   []rt.Rule
		program Program
		options *Options
		fails   []string
	}
	story := answers(rt.Said("story"), "Once upon a time there was a long story that went on and on and on until the evening came.")
	interruption := []Step{{Do: Say("A story, please.")}, {Do: Say("Stop."), After: After{Heard: time.Second}, Expect: []Expectation{
		SilentWithin(500 * ms), BelievedEqualsHeard(150 * ms), Hears{Words: "all right"},
	}}}
	stops := []rt.Rule{answers(rt.Said("stop"), "All right."), story}
	return map[string]planted{
		"no response after a tool": {
			steps: []Step{{Do: Say("Send it."), Expect: []Expectation{Calls{Tool: "send_ticket"}, SilenceAtMost(3 * time.Second)}}},
			rules: []rt.Rule{{When: rt.Said("send"), Do: []rt.Step{rt.Say{Text: "Yes."}, rt.Call{Name: "send_ticket"}}}},
			program: bridged(&api.RealtimeSessionConfig{Tools: []api.Tool{&api.FunctionTool{Name: "send_ticket"}}}, voice.StopAtSpeech, func(m *realtime.Mux) {
				realtime.On(m, func(ctx context.Context, s *realtime.Session, e *api.ResponseOutputItemDone) error {
					if call, ok := e.Item.(*api.FunctionCall); ok {
						// The function takes its time, and nothing asks for a response.
						time.AfterFunc(4*time.Second, func() {
							_ = s.Send(ctx, &api.ConversationItemCreate{Item: api.FunctionOutput(call.CallID, "sent")})
						})
					}
					return nil
				})
			}),
			fails: []string{"silence_at_most: 3s"},
		},
		"double talk": {
			steps: []Step{{Do: Say("A story, please.")}, {Do: Say("No, I want to say something else now."), After: After{Heard: time.Second}}},
			rules: stops, program: bridged(nil, voice.NeverStop, nothing),
			fails: []string{"no_overlap: 400ms"},
		},
		"late barge-in": {
			steps: interruption, rules: stops, program: hold(desk()),
			options: &Options{Line: func(Carrier) (voice.Line, Far, error) {
				_, far, _ := (&Carrier{Name: "twilio"}).line()
				sim, _ := far.(*voice.SimLine)
				return deafLine{sim}, sim, nil
			}},
			fails: []string{"silent_within: 500ms", "believed_equals_heard: 150ms", "no_overlap: 400ms"},
		},
		"lost for good": {
			steps:   []Step{{Do: Say("A story, please.")}, {Do: Drop{Refuse: 99}, After: After{Heard: time.Second}, Expect: []Expectation{ReconnectedWithin(time.Second)}}},
			rules:   stops,
			program: hold(desk()),
			fails:   []string{"reconnected_within: 1s", "the program"},
		},
		"refused request": {
			steps: []Step{{Do: Say("Hello."), Expect: []Expectation{Hears{Words: "you said hello"}}}},
			program: bridged(nil, voice.StopAtSpeech, func(m *realtime.Mux) {
				realtime.On(m, func(ctx context.Context, s *realtime.Session, _ *api.ResponseDone) error {
					return s.Send(ctx, &api.ConversationItemDelete{ItemID: "none"})
				})
			}),
			fails: []string{"no_error: invalid_request_error item_not_found"},
		},
		"doubled tool": {
			steps:   []Step{{Do: Say("Send it."), Expect: []Expectation{Hears{Words: "done"}}}},
			rules:   []rt.Rule{answers(rt.Returned("send_ticket"), "Done."), {When: rt.Said("send"), Do: twice("send_ticket")}},
			program: hold(desk()),
			fails:   []string{"no_doubled_tool"},
		},
		"wrong arguments": {
			steps: []Step{{Do: Say("To Berlin."), Expect: []Expectation{
				Calls{Tool: "search_flights", With: map[string]json.RawMessage{"to": []byte(`"BER"`)}}, Calls{Tool: "book_flight", Times: new(0)}, Hears{Words: "three"},
			}}},
			rules:   []rt.Rule{answers(rt.Returned("search_flights"), "Three."), {When: rt.Said("berlin"), Do: []rt.Step{rt.Call{Name: "search_flights", Arguments: `{"to":"ROM"}`}}}},
			program: hold(desk()),
			fails:   []string{`calls: search_flights to="BER"`},
		},
		"misheard": {
			steps:   []Step{{Do: Say("To Berlin on Tuesday."), Expect: []Expectation{WordErrors(0.3), Hears{Words: "you said"}}}},
			program: hold(desk()),
			options: &Options{Server: &rt.Config{Script: rt.Script{Heard: []rt.Heard{{Text: "To Dublin on Thursday."}}}}},
			fails:   []string{"word_errors: 0.3"},
		},
		"other words": {
			steps: []Step{{Do: Say("Hello."), Expect: []Expectation{Hears{Words: "good morning dear caller", WordErrors: 0.25}, ReplyWithin(time.Second)}}},
			rules: []rt.Rule{answers(nil, "Good evening, caller.")}, program: hold(desk()),
			fails: []string{"hears: good morning dear caller ~0.25"},
		},
		"late reply": {
			steps: []Step{{Do: Say("Hello."), Expect: []Expectation{ReplyWithin(time.Second), SilenceAtMost(3 * time.Second)}}},
			rules: []rt.Rule{{Do: []rt.Step{rt.Wait(2 * time.Second), rt.Say{Text: "Yes?"}}}}, program: hold(desk()),
			fails: []string{"reply_within: 1s"},
		},
		"no reply": {
			steps:   []Step{{Do: Say("Hello."), Expect: []Expectation{ReplyWithin(time.Second), SilenceAtMost(3 * time.Second)}}},
			program: bridged(&api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{TurnDetection: api.Null{}}}}, voice.StopAtSpeech, nothing),
			fails:   []string{"reply_within: 1s", "silence_at_most: 3s"},
		},
		"stopped by a cough": {
			steps: []Step{{Do: Say("A story, please.")}, {Do: Noise{Kind: "cough", For: 250 * ms}, After: After{Heard: time.Second}, Expect: []Expectation{ResumesWithin(time.Second)}}},
			rules: []rt.Rule{{When: rt.Said("cough"), Do: []rt.Step{rt.Hang{}}}, story}, program: hold(desk()),
			fails: []string{"resumes_within: 1s"},
		},
		"in Go": {
			steps: []Step{{Do: Say("Hello."), Expect: []Expectation{
				Check{"nothing", func(Seen) error { return nil }},
				Check{"polite", func(s Seen) error {
					if !strings.Contains(s.Heard, "please") {
						return errors.New("it is not polite: " + s.Heard)
					}
					return nil
				}},
			}}},
			program: hold(desk()), fails: []string{"polite: it is not polite: You said: Hello."},
		},
		"the agent hangs up": {
			steps:   []Step{{Do: Say("Hello.")}, {Do: Say("Are you there?")}},
			rules:   []rt.Rule{{Do: []rt.Step{rt.Say{Text: "Bye."}, rt.Call{Name: "end_call"}}}},
			program: hold(&agent.Agent{Tools: []agent.Tool{agent.EndCall("At once.")}}),
			fails:   []string{"step 2: the line has ended"},
		},
		"the program fails": {
			steps:   []Step{{Do: Say("Hello.")}},
			program: func(context.Context, *Call) error { return errors.New("out of order") },
			fails:   []string{"the program: out of order"},
		},
	}
}

// findings are what the recordings of faults show by themselves.
var findings = map[string]recording.FindingKind{
	"no response after a tool": recording.FindSlowTool,
	"double talk":              recording.FindDoubleTalk,
	"late barge-in":            recording.FindLateBargeIn,
	"lost for good":            recording.FindLost,
	"refused request":          recording.FindRefused,
}

// recorded holds that a call that failed has a recording, which shows what happened.
func recorded(t *testing.T, r *Result, find recording.FindingKind) {
	t.Helper()
	require.NotEmpty(t, r.Files)
	rec, err := recording.Open(r.Files[0])
	require.NoError(t, err)
	var notes strings.Builder
	var found []recording.FindingKind
	for _, l := range rec.Lines {
		if n, ok := l.Body.(*recording.Note); ok {
			notes.WriteString(n.Text + "\n")
		}
	}
	for _, f := range r.Failures {
		assert.Contains(t, notes.String(), "failed: "+f.String())
	}
	for _, f := range rec.Findings() {
		found = append(found, f.Kind)
	}
	if find != "" {
		assert.Contains(t, found, find)
	}
	require.Len(t, r.Files, 2)
	page, err := os.ReadFile(r.Files[1])
	require.NoError(t, err)
	report := &Report{}
	report.Add(&Scenario{Name: r.Scenario}, r)
	for i, f := range r.Failures {
		assert.Contains(t, html.UnescapeString(string(page)), f.Why)
		assert.Contains(t, report.Failures()[i], fmt.Sprintf("%s#t=%.1f&z=5", r.Files[1], f.At.Seconds()))
	}
}

// TestEachFaultFailsWhatNamesIt plants faults. Each fails the expectations that name it
// and no other.
func TestEachFaultFailsWhatNamesIt(t *testing.T) {
	t.Parallel()
	for name, c := range plantedFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &Scenario{Name: name, Steps: c.steps, Always: []Expectation{NoDoubledTool{}, NoOverlap(400 * time.Millisecond)}, Script: &rt.Script{Rules: c.rules}}
			if c.options != nil && c.options.Server != nil {
				s.Script = nil
			}
			if name != "lost for good" && name != "the program fails" {
				s.Always = append(s.Always, NoError{})
			}
			o := &Options{}
			if c.options != nil {
				o = c.options
			}
			o.Dir = t.TempDir()
			sounds, err := s.prepare(t.Context(), true)
			require.NoError(t, err)
			synctest.Test(t, func(t *testing.T) {
				r, err := run(t.Context(), s, sounds, c.program, o)
				require.NoError(t, err)
				var got []string
				for _, f := range r.Failures {
					got = append(got, f.String())
				}
				require.Len(t, got, len(c.fails), "%q", got)
				for _, want := range c.fails {
					assert.Contains(t, strings.Join(got, "\n"), want)
				}
				recorded(t, r, findings[name])
			})
		})
	}
}
