package arbiter

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAnInterruptionIsNotForgotten has the program interrupt while a request is in flight, and
// the request end in any way: neither the answer nor the saying is asked for again, and
// what the user says then is answered.
func TestAnInterruptionIsNotForgotten(t *testing.T) {
	t.Parallel()
	held := Up{Turns: map[string]bool{"u1": true}}
	for what, wanted := range map[string]Event{"answer": Turn{ID: "u1"}, "saying": Wanted{Saying: "s1"}} {
		for name, then := range map[string][]Event{
			"refused":                {Refused{Tag: "t1"}},
			"refused beside another": {Refused{Tag: "t1", Active: true}},
			"silence":                {nil, nil, nil, nil, nil, nil, nil},
			"it begins":              {Created{Response: "r1", Tag: "t1"}, Done{Response: "r1", End: CancelledByClient}},
			"it begins late":         {nil, nil, nil, nil, nil, nil, nil, Created{Response: "r1", Tag: "t1"}, Done{Response: "r1", End: CancelledByClient}},
			"it begins and fails":    {Created{Response: "r1", Tag: "t1"}, Done{Response: "r1", End: Failed}},
			"it begins and is lost":  {Created{Response: "r1", Tag: "t1"}, Down{}, held},
			"an outage":              {Down{}, held},
		} {
			t.Run(what+", "+name, func(t *testing.T) {
				t.Parallel()
				a := New(Config{Echoes: true, Tags: "t"})
				out := append([]Action(nil), a.Step(0, wanted)...)
				require.Len(t, asks(out), 1)
				out, at := nil, time.Duration(0)
				step := func(e Event) {
					at += time.Second
					out = append(out, a.Step(at, e)...)
				}
				step(Interrupted{})
				for _, e := range then {
					step(e)
				}
				for range 20 {
					step(nil)
				}
				assert.Empty(t, asks(out), "%+v", out)
				overs := 0
				for _, x := range out {
					if o, ok := x.(Over); ok {
						assert.Equal(t, Cut, o.How)
						overs++
					}
				}
				assert.Equal(t, what == "saying", overs == 1, "%+v", out)
				assert.True(t, a.Idle())
				assert.Equal(t, []string{""}, asks(a.Step(at, Turn{ID: "u2"})))
			})
		}
	}
}

// TestALateResultWaitsForTheEndOfAnInterruption has the result of a pending call arrive before or
// after the program interrupts: it is answered with what comes next.
func TestALateResultWaitsForTheEndOfAnInterruption(t *testing.T) {
	t.Parallel()
	late := Turn{ID: "late", Late: true}
	for name, before := range map[string][]Event{
		"after":                   {Interrupted{}, late},
		"before":                  {SpeechStarted{}, late, Interrupted{}, SpeechStopped{}},
		"after, a call in flight": {Interrupted{}, Called{Call: "c1", Response: "r0"}, late, Returned{Call: "c1"}, Confirmed{Call: "c1"}},
	} {
		for what, c := range map[string]struct {
			next Event
			asks []string
		}{
			"a question": {Turn{ID: "u1"}, []string{""}},
			"a saying":   {Wanted{Saying: "s1"}, []string{"s1", ""}},
			"nothing":    {nil, nil},
		} {
			t.Run(name+", "+what, func(t *testing.T) {
				t.Parallel()
				a := New(Config{Echoes: true, Tags: "t"})
				require.Empty(t, asks(run(a, before...)))
				require.Empty(t, asks(a.Step(time.Minute, late)), "it comes twice")
				require.True(t, a.Resting(func(string) bool { return true }))
				var got []string
				for i, e := 1, c.next; i < 4; i, e = i+1, nil {
					at := time.Minute + time.Duration(i)*time.Second
					got = append(got, asks(a.Step(at, e))...)
					if len(got) == i {
						id := "r" + strconv.Itoa(i)
						a.Step(at, Created{Response: id, Tag: "t" + strconv.Itoa(i)})
						got = append(got, asks(a.Step(at, Done{Response: id}))...)
					}
				}
				assert.Equal(t, c.asks, got)
			})
		}
	}
}

// TestAStoppedAnswerDoesNotGoOn has a guard stop an answer while the response to its output is
// in flight: it is cancelled once it begins, and what is said instead comes first and last.
func TestAStoppedAnswerDoesNotGoOn(t *testing.T) {
	t.Parallel()
	a := New(Config{Echoes: true, Tags: "t"})
	require.Equal(t, []string{""}, asks(run(a, Turn{ID: "u1"}, Created{Response: "r1", Tag: "t1"}, Called{Call: "c1", Response: "r1"},
		Called{Call: "c2", Response: "r0"}, Done{Response: "r1"}, Returned{Call: "c1"}, Confirmed{Call: "c1"})))
	run(a, Wanted{Saying: "news"})
	mine := func(id string) bool { return id == "u1" || id == "c1" }
	assert.Empty(t, run(a, Stopped{Turn: mine, Call: mine, Speaking: true}, Wanted{Saying: "instead", Aside: true}))
	assert.Equal(t, []Action{Cancel{"r2"}}, run(a, Created{Response: "r2", Tag: "t2"}))
	assert.Equal(t, []string{"instead"}, asks(run(a, Done{Response: "r2", End: CancelledByClient})))
	assert.Equal(t, []string{"news"}, asks(run(a, Created{Response: "r3", Tag: "t3"}, Done{Response: "r3"})))
	assert.Empty(t, asks(run(a, Created{Response: "r4", Tag: "t4"}, Done{Response: "r4"})))
	assert.True(t, a.Resting(mine))
	assert.Equal(t, []string{""}, asks(run(a, Returned{Call: "c2"}, Confirmed{Call: "c2"})), "the answer to another's output")
}

// TestAStoppedAnswerLeavesTheNextOne has a guard stop an answer while the next question is
// asked about: that is answered.
func TestAStoppedAnswerLeavesTheNextOne(t *testing.T) {
	t.Parallel()
	a := New(Config{Echoes: true, Tags: "t"})
	require.Equal(t, []string{""}, asks(run(a, Turn{ID: "u1"}, Created{Response: "r1", Tag: "t1"}, Turn{ID: "u2"}, Done{Response: "r1"})))
	mine := func(id string) bool { return id == "u1" }
	assert.Empty(t, run(a, Stopped{Turn: mine, Call: mine, Speaking: true}))
	assert.Empty(t, run(a, Created{Response: "r2", Tag: "t2"}))
	assert.Equal(t, "r2", a.Active())
	assert.False(t, a.Stopping())
}
