package caller

import (
	"encoding/json"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
	rt "github.com/voicelane/realtime-go/realtimetest"
)

var runs = flag.Int("runs", 1, "how often the hundred scenarios of the grid are run")

// TestHundredScenarios runs a grid of five lines, five troubles and four talks. Its
// expectations hold whatever comes together: make caller-runs does it a thousand times.
func TestHundredScenarios(t *testing.T) {
	t.Parallel()
	n := 0
	for _, line := range []string{"pcm", "twilio", "plivo", "asterisk", "unmarked"} {
		for trouble := range troubles {
			for talk := range talks {
				n++
				t.Run(line+"/"+trouble+"/"+talk, func(t *testing.T) {
					t.Parallel()
					s := &Scenario{Name: "grid", Carrier: Carrier{Name: line}, Script: &rt.Script{}}
					talks[talk](s)
					troubles[trouble](s)
					s.Always = append(s.Always, NoDoubledTool{}, NoOverlap(400*time.Millisecond))
					Test(t, s, hold(desk()), &Options{Calls: *runs})
				})
			}
		}
	}
	assert.Equal(t, 100, n)
}

// talks are the steps and the script of a scenario.
var talks = map[string]func(*Scenario){
	"question": func(s *Scenario) {
		s.Script.Rules = []rt.Rule{answers(rt.Said("lisbon"), "It is sunny in Lisbon, and twenty degrees.")}
		s.Steps = []Step{
			{Do: Say("How is Lisbon?"), Expect: []Expectation{Hears{Words: "twenty degrees"}, ReplyWithin(10 * time.Second)}},
			{Do: Say("And again Lisbon?"), Expect: []Expectation{Hears{Words: "sunny"}, WordErrors(0)}},
		}
	},
	"tools": func(s *Scenario) {
		s.Script.Rules = []rt.Rule{
			answers(rt.Returned("book_flight"), "It is booked."),
			answers(rt.Returned("search_flights"), "There are three flights."),
			{When: rt.Said("berlin"), Do: []rt.Step{rt.Call{Name: "search_flights", Arguments: `{"to":"BER"}`}, rt.Call{Name: "send_ticket"}}},
			{When: rt.Said("noon"), Do: []rt.Step{rt.Say{Text: "Gladly."}, rt.Call{Name: "book_flight", Arguments: `{"to":"BER","at":"12:00"}`}}},
		}
		s.Steps = []Step{
			{Do: Say("To Berlin, please."), Expect: []Expectation{
				Calls{Tool: "search_flights", With: map[string]json.RawMessage{"to": json.RawMessage(`"BER"`)}, Times: new(1)},
				Calls{Tool: "send_ticket"},
				Hears{Words: "three flights"},
			}},
			{Do: Say("The one at noon."), Expect: []Expectation{Calls{Tool: "book_flight", Times: new(1)}, Hears{Words: "it is booked"}}},
		}
	},
	"interruption": func(s *Scenario) {
		s.Script.Rules = []rt.Rule{
			answers(rt.Said("stop"), "All right."),
			answers(rt.Said("story"), "Once upon a time there was a long story that went on and on and on until the evening came."),
		}
		s.Steps = []Step{
			{Do: Say("Tell me a story.")},
			{Do: Say("Please stop."), After: After{Heard: 1500 * time.Millisecond}, Expect: []Expectation{
				SilentWithin(500 * time.Millisecond), BelievedEqualsHeard(tolerance(s.Carrier.Name)), Hears{Words: "all right"},
			}},
		}
	},
	"keys": func(s *Scenario) {
		s.Script.Rules = []rt.Rule{answers(rt.Said("42"), "Account forty-two."), answers(rt.Said("hello"), "Your number, please.")}
		s.Steps = []Step{
			{Do: Say("Hello?"), Expect: []Expectation{Hears{Words: "your number"}}},
			{Do: Press("42#"), Expect: []Expectation{Hears{Words: "account forty two"}, ReplyWithin(10 * time.Second)}},
			{Do: Wait(time.Second)},
			{Do: HangUp{}},
		}
	},
}

// tolerance is how far off the conversation may be: without marks what was heard is
// understated by the latency that the line is taken to have.
func tolerance(line string) time.Duration {
	if line == "unmarked" {
		return 250 * time.Millisecond
	}
	return 150 * time.Millisecond
}

func answers(when func(*rt.Turn) bool, text string) rt.Rule {
	return rt.Rule{When: when, Do: []rt.Step{rt.Say{Text: text}}}
}

// troubles add something that goes wrong.
var troubles = map[string]func(*Scenario){
	"none": func(s *Scenario) { s.Always = append(s.Always, NoError{}, SilenceAtMost(2500*time.Millisecond)) },
	"lost frames": func(s *Scenario) {
		s.Carrier.Loss = 0.03
		s.Always = append(s.Always, NoError{})
	},
	"rate limit": func(s *Scenario) {
		limit := rt.Refuse{Type: "rate_limit_error", Code: api.Value("rate_limit_exceeded"), Message: "later"}
		s.Script.Rules = append([]rt.Rule{{Times: 1, Do: []rt.Step{limit}}}, s.Script.Rules...)
	},
	"slow tools": func(s *Scenario) {
		s.Tools = map[string]Stub{"search_flights": {Delay: 900 * time.Millisecond}, "book_flight": {Delay: 700 * time.Millisecond}}
		s.Always = append(s.Always, NoError{}, SilenceAtMost(3*time.Second))
	},
	"lost connection": func(s *Scenario) {
		last := len(s.Steps) - 1
		s.Steps[last].Expect = append(s.Steps[last].Expect, ItemsLost(0))
		s.Steps = append(s.Steps[:1:1], append([]Step{{Do: Drop{Refuse: 1}, Expect: []Expectation{ReconnectedWithin(4 * time.Second)}}}, s.Steps[1:]...)...)
		if s.Steps[2].After != (After{}) { // The interruption: it breaks while the agent speaks.
			s.Steps[1], s.Steps[2] = s.Steps[2], s.Steps[1]
			s.Steps[2].After = After{Silence: 100 * time.Millisecond}
			s.Steps[1].Expect = s.Steps[1].Expect[:2]
			s.Steps = append(s.Steps, Step{Do: Say("Stop, again."), Expect: []Expectation{Hears{Words: "all right"}}})
		}
	},
}

func TestTableOfRuns(t *testing.T) {
	t.Parallel()
	report := &Report{}
	s := &Scenario{Name: "silent", Steps: []Step{{Do: Wait(0)}}}
	for i := range 100 {
		r := &Result{Scenario: "silent", Scripted: true, Latencies: map[Latency][]time.Duration{ReplyHeard: {time.Duration(i) * 10 * time.Millisecond}}}
		report.Add(s, r)
	}
	assert.Contains(t, report.String(), "reply, heard        100   0.49   0.89   0.94   0.98   0.99\n")
	assert.Contains(t, fmt.Sprint(report), "0 of 100 silent failed\n")
}
