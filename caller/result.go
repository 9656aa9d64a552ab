package caller

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/journal"

	"github.com/voicelane/realtime-go/usage"
)

// Result is the outcome of one call.
type Result struct {
	Scenario string
	// Scripted is set when a scripted server answered: latencies are then those of the
	// script and of the program, and there is no cost.
	Scripted bool
	// Failures are the expectations that were not met, in the order of steps, and what
	// else went wrong.
	Failures []Failure
	// Skipped names what could not be judged or done as the scenario wants it, with the
	// reason.
	Skipped []string
	// Latencies are what was measured, by kind.
	Latencies map[Latency][]time.Duration
	// Cost is what the call cost. CostErr is set if that is not known.
	Cost    usage.Money
	CostErr error
	// WrongWords of Words that the caller said were wrong in the transcripts of the
	// session. Words is 0 if there were no transcripts.
	WrongWords, Words int
	// Interruptions are how often the caller spoke while the agent was heard.
	Interruptions int
	// Files are what was written about a call that failed: its recording, NAME.jsonl, and
	// its page, NAME.html.
	Files []string

	mu sync.Mutex // guards Failures during the call
}

// Failure is an expectation that was not met, or something else that went wrong.
type Failure struct {
	// Step counts from 1; 0 is the whole call.
	Step int
	// Expectation is as a file has it; empty if it was something else.
	Expectation string
	Why         string
	// At is the moment to look at, from the beginning of the call.
	At time.Duration
}

// String returns the failure in one line.
func (f Failure) String() string {
	var b strings.Builder
	if f.Step > 0 {
		fmt.Fprintf(&b, "step %d: ", f.Step)
	}
	if f.Expectation != "" {
		b.WriteString(f.Expectation + ": ")
	}
	fmt.Fprintf(&b, "%s (at %s)", f.Why, journal.Seconds(f.At))
	return b.String()
}

func newResult(s *Scenario, o *Options, sounds *sounds) *Result {
	return &Result{Scenario: s.Name, Scripted: o.Live == nil, Skipped: sounds.notes, Latencies: map[Latency][]time.Duration{}}
}

// Failed reports whether something went wrong.
func (r *Result) Failed() bool { return len(r.Failures) > 0 }

func (r *Result) fail(step int, expectation, why string, at time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Failures = append(r.Failures, Failure{Step: step + 1, Expectation: expectation, Why: why, At: at})
}

// program notes the error of the program.
func (r *Result) program(err error) {
	if err != nil {
		r.fail(-1, "", "the program: "+err.Error(), 0)
	}
}

// judge judges what is expected, and measures. The call is over.
func (r *Result) judge(c *Call, s *Scenario) {
	c.journal.Read(func(_ time.Duration, e *journal.Events) {
		for i := range r.Failures {
			if r.Failures[i].At < 0 {
				r.Failures[i].At = e.Ended
			}
		}
		moments := e.Moments()
		for i, m := range moments {
			expect := s.Always
			if i > 0 {
				expect = s.Steps[i-1].Expect
				r.measure(m)
			}
			for _, x := range expect {
				if v := x.judge(m); v.why != "" {
					r.fail(m.Step, x.String(), v.why, v.at)
				}
			}
		}
		r.measureCall(moments[0], moments[1:])
	})
	if !r.Scripted {
		r.Cost, r.CostErr = c.cost()
	}
}

func (r *Result) add(l Latency, d time.Duration) { r.Latencies[l] = append(r.Latencies[l], d) }

// measure measures a step.
func (r *Result) measure(m *journal.Moment) {
	if len(m.Sounds(journal.Spoken)) == 0 {
		return
	}
	if h, asked, ok := m.Answer(); ok {
		d, _ := m.Reply()
		r.add(ReplyHeard, d)
		r.add(ReplyMade, h.First-asked)
	}
	if d, ok := m.Stop(); ok {
		r.Interruptions++
		r.add(StopAfterVoice, d)
	}
	if len(m.Said()) > 0 {
		wrong, total := m.WordErrors()
		r.WrongWords, r.Words = r.WrongWords+wrong, r.Words+total
	}
}

// measureCall measures the call.
func (r *Result) measureCall(whole *journal.Moment, steps []*journal.Moment) {
	for _, c := range whole.Called {
		if c.Answered > 0 {
			r.add(ToolTook, c.Answered-c.At)
		}
	}
	for _, o := range whole.All.Outages {
		if o.Restored > 0 {
			r.add(Reconnect, o.Restored-o.Lost)
		}
	}
	var longest time.Duration
	for _, m := range steps {
		longest = max(longest, m.Silence().Length())
	}
	r.add(LongestSilence, longest)
}

var errFailed = errors.New("caller: expectations are not met")

// Err returns nil, or an error with all failures.
func (r *Result) Err() error {
	if !r.Failed() {
		return nil
	}
	lines := make([]string, 0, len(r.Failures))
	for _, f := range r.Failures {
		lines = append(lines, f.String())
	}
	return fmt.Errorf("%w: %s: %s", errFailed, r.Scenario, strings.Join(lines, "; "))
}
