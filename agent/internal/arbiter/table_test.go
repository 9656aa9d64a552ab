package arbiter

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run takes steps a second apart and returns what the last one asks to be done.
func run(a *Arbiter, events ...Event) (out []Action) {
	for i, e := range events {
		out = append([]Action(nil), a.Step(time.Duration(i)*time.Second, e)...)
	}
	return out
}

// asks returns the sayings of the requests among the actions; "" is an answer.
func asks(list []Action) []string {
	var sayings []string
	for _, x := range list {
		if ask, ok := x.(Ask); ok {
			sayings = append(sayings, ask.Saying)
		}
	}
	return sayings
}

func TestTheEarliestWakeCounts(t *testing.T) {
	t.Parallel()
	a := New(Config{})
	run(a, SpeechStarted{}, SpeechStopped{}) // At 1 s: a turn may follow until 1.5 s.
	a.retryAt = time.Second + settling + settling/5
	after, due := a.Wake(time.Second)
	assert.True(t, due)
	assert.Equal(t, settling, after, "the later one comes first")
	a.retryAt = time.Second + settling/2
	after, due = a.Wake(time.Second)
	assert.True(t, due)
	assert.Equal(t, settling/2, after)
	after, due = a.Wake(time.Second + settling/2)
	assert.True(t, due)
	assert.Equal(t, settling/2, after, "what is due already is past")
	_, due = a.Wake(time.Minute)
	assert.False(t, due)
}

func TestSayingsThenAnswersThenFillers(t *testing.T) {
	t.Parallel()
	a := New(Config{Echoes: true, Tags: "t"})
	// While one response runs, all three come to be wanted; the filler's call runs on.
	run(a, Turn{ID: "u1"}, Created{Response: "r1", Tag: "t1"}, Called{Call: "c1", Response: "r1"},
		Wanted{Saying: "filler", Call: "c1"}, Turn{ID: "u2"}, Wanted{Saying: "news"})
	var order []string
	for i, response := range []string{"r1", "r2", "r3"} {
		at := time.Duration(10+2*i) * time.Second
		order = append(order, asks(a.Step(at, Done{Response: response}))...)
		a.Step(at, Created{Response: []string{"r2", "r3", "r4"}[i], Tag: "t" + string(rune('2'+i))})
	}
	assert.Equal(t, []string{"news", "", "filler"}, order)
}

func TestATurnCountsOnceAndUntilItIsDeleted(t *testing.T) {
	t.Parallel()
	a := New(Config{})
	run(a, Turn{ID: "u1"}, Turn{ID: "u1"}, Turn{ID: "u2"})
	assert.Equal(t, []string{"u1", "u2"}, a.Owed())
	run(a, TurnDeleted{ID: "u1"})
	assert.Equal(t, []string{"u2"}, a.Owed())
	a = New(Config{})
	run(a, Turn{}, Turn{})
	assert.Equal(t, []string{"", ""}, a.Owed(), "turns without an id are not the same")
}

func TestARefusalIsOfItsOwnRequest(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		refused Refused
		open    bool // The request is in flight still.
	}{
		"its own":                 {Refused{Tag: "t1"}, false},
		"its own, beside another": {Refused{Tag: "t1", Active: true}, false},
		"another's":               {Refused{Tag: "t9"}, true},
		"another's, active":       {Refused{Tag: "t9", Active: true}, true},
		"no one's, active":        {Refused{Active: true}, false},
		"no one's, of who knows":  {Refused{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := New(Config{Echoes: true, Tags: "t"})
			assert.Equal(t, []string{""}, asks(run(a, Turn{ID: "u1"})))
			run(a, tc.refused)
			assert.Equal(t, tc.open, a.asked != nil)
		})
	}
}

// TestEventsOfACallAtEachStage holds which events change a call that is at a stage. A
// confirmation that comes twice must not have the model go on twice, and a call that is
// deleted once it has an output was not withdrawn.
func TestEventsOfACallAtEachStage(t *testing.T) {
	t.Parallel()
	type outcome struct {
		stage     stage
		withdrawn bool
	}
	for from, want := range map[stage]struct{ confirmed, deleted outcome }{
		running:   {outcome{running, false}, outcome{confirmed, true}},
		ready:     {outcome{confirmed, false}, outcome{confirmed, true}},
		written:   {outcome{confirmed, false}, outcome{confirmed, true}},
		confirmed: {outcome{confirmed, false}, outcome{confirmed, false}},
		seen:      {outcome{seen, false}, outcome{seen, false}},
	} {
		after := func(e Event) outcome {
			a, c := New(Config{}), &call{id: "c1", stage: from}
			a.known[c.id], a.calls = c, []*call{c}
			e.apply(a)
			return outcome{c.stage, c.withdrawn}
		}
		assert.Equal(t, want.confirmed, after(Confirmed{Call: "c1"}), "confirmed at %d", from)
		assert.Equal(t, want.deleted, after(CallDeleted{Call: "c1"}), "deleted at %d", from)
	}
}

// TestWhatATurnWaitsFor holds that a turn waits for each output to be there, and for the
// answer to it unless the tool is silent or the program has stopped the model.
func TestWhatATurnWaitsFor(t *testing.T) {
	t.Parallel()
	for at := running; at <= seen; at++ {
		for mask := range 4 {
			held, silent := mask&1 != 0, mask&2 != 0
			a := New(Config{})
			a.held, a.turns = held, []*turn{{id: "late", late: true}}
			assert.Equal(t, held, a.Resting(func(string) bool { return false }), "a late result, held %t", held)
			a.turns = append(a.turns, &turn{id: "u1"})
			assert.False(t, a.Resting(func(string) bool { return false }), "a question, held %t", held)
			a.turns, a.calls = nil, []*call{{id: "c1", stage: at, silent: silent}}
			rests := at >= confirmed && (held || silent)
			assert.Equal(t, rests, a.Resting(func(string) bool { return true }), "at %d, held %t, silent %t", at, held, silent)
			assert.True(t, a.Resting(func(string) bool { return false }), "the call of another turn")
		}
	}
}

// TestWhatTheProgramWantsSaidEndsAnInterruption holds that a filler of a tool does not.
func TestWhatTheProgramWantsSaidEndsAnInterruption(t *testing.T) {
	t.Parallel()
	for call, held := range map[string]bool{"": false, "c1": true} {
		a := New(Config{})
		a.held = true
		Wanted{Saying: "s1", Call: call}.apply(a)
		assert.Equal(t, held, a.held, "of the call %q", call)
	}
}

func TestSettledCallsAreRememberedForALongTime(t *testing.T) {
	t.Parallel()
	a := New(Config{Echoes: true, Tags: "t"})
	name := func(i int) string { return "c" + time.Duration(i).String() }
	for i := range maxSettled + 1 {
		id := name(i)
		a.known[id] = &call{id: id}
		a.calls = append(a.calls, a.known[id])
		a.settle(func(*call) bool { return true })
		if i == maxSettled-1 {
			assert.Empty(t, run(a, Called{Call: name(0)}), "the oldest is known still")
		}
	}
	assert.Len(t, a.settled, maxSettled)
	assert.Len(t, a.known, maxSettled)
	assert.Empty(t, run(a, Called{Call: name(maxSettled)}), "it does not run again")
}

// TestIdle holds that each thing that is owed keeps the arbiter from being idle, together
// with any other.
func TestIdle(t *testing.T) {
	t.Parallel()
	assert.True(t, New(Config{}).Idle())
	for mask := 1; mask < 8; mask++ {
		a := New(Config{})
		if mask&1 != 0 {
			a.turns = append(a.turns, &turn{id: "u1"})
		}
		if mask&2 != 0 {
			a.sayings = append(a.sayings, &saying{id: "s1"})
		}
		if mask&4 != 0 {
			a.calls = append(a.calls, &call{id: "c1"})
		}
		assert.False(t, a.Idle(), "%03b", mask)
	}
}

// TestRefusalsAreFurtherAndFurtherApart has a response that is not known here stand in the
// way, again and again.
func TestRefusalsAreFurtherAndFurtherApart(t *testing.T) {
	t.Parallel()
	a := New(Config{})
	var pauses []time.Duration
	for range 8 {
		a.refused(nil)
		pauses = append(pauses, a.retryAt-a.now)
	}
	assert.Equal(t, []time.Duration{pause, 2 * pause, 4 * pause, 8 * pause, 16 * pause, maxPause, maxPause, maxPause}, pauses)
	a.succeeded()
	a.refused(nil)
	assert.Equal(t, pause, a.retryAt-a.now)
}

// TestTheLastAttemptToWriteAnOutputIsShort has the server refuse each output.
func TestTheLastAttemptToWriteAnOutputIsShort(t *testing.T) {
	t.Parallel()
	a := New(Config{Echoes: true, Tags: "t"})
	var short []bool
	note := func(list []Action) {
		for _, x := range list {
			if w, ok := x.(Write); ok {
				short = append(short, w.Short)
			}
		}
	}
	note(run(a, Turn{ID: "u1"}, Created{Response: "r1", Tag: "t1"}, Called{Call: "c1", Response: "r1"}, Done{Response: "r1"}, Returned{Call: "c1"}))
	for range maxWrites + 2 {
		note(a.Step(10*time.Second, OutputRefused{Call: "c1"}))
	}
	assert.Equal(t, []bool{false, false, true}, short)
}

// TestAnAnswerThatPrecedesAnOutputIsNotTaken has a request wait through an outage, after
// which an output must be written again: the request is sent first, and its answer would
// repeat the call.
func TestAnAnswerThatPrecedesAnOutputIsNotTaken(t *testing.T) {
	t.Parallel()
	a := New(Config{Echoes: true, Tags: "t"})
	out := run(a, Turn{ID: "u1"}, Created{Response: "r1", Tag: "t1"}, Called{Call: "c1", Response: "r1"}, Done{Response: "r1"},
		Returned{Call: "c1"}, Confirmed{Call: "c1"})
	assert.Equal(t, []string{""}, asks(out))
	run(a, Down{})
	out = a.Step(10*time.Second, Up{Waiting: "t2", Turns: map[string]bool{"u1": true}})
	assert.Empty(t, asks(out))
	assert.Equal(t, []Action{Cancel{"r2"}}, a.Step(11*time.Second, Created{Response: "r2", Tag: "t2"}))
	assert.Empty(t, asks(a.Step(12*time.Second, Done{Response: "r2", End: CancelledByClient})), "the output is not there yet")
	assert.Equal(t, []string{""}, asks(a.Step(13*time.Second, Confirmed{Call: "c1"})))
}

// TestARequestThatPrecedesAResultIsNotTaken has a request wait through an outage: it is sent
// before what the new connection must be given again. A response that may call would repeat
// the call; one that says what the program words would not.
func TestARequestThatPrecedesAResultIsNotTaken(t *testing.T) {
	t.Parallel()
	called := []Event{Called{Call: "c1", Response: "r0"}}
	for name, tc := range map[string]struct {
		calls     []Event
		want      Event
		up        Up
		cancelled bool
	}{
		"an answer, a settled call is recalled": {nil, Turn{ID: "u1"}, Up{Recalls: true}, true},
		"a free saying, the same":               {nil, Wanted{Saying: "s1", Free: true}, Up{Recalls: true}, true},
		"a worded saying, the same":             {nil, Wanted{Saying: "s1"}, Up{Recalls: true}, false},
		"an answer, nothing is told again":      {nil, Turn{ID: "u1"}, Up{}, false},
		"an answer, a call that runs is lost":   {called, Turn{ID: "u1"}, Up{}, true},
		"an answer, a call that runs is held":   {called, Turn{ID: "u1"}, Up{Calls: map[string]bool{"c1": true}}, false},
		"a free saying, a call is lost":         {called, Wanted{Saying: "s1", Free: true}, Up{}, true},
		"a worded saying, a call is lost":       {called, Wanted{Saying: "s1"}, Up{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := New(Config{Echoes: true, Tags: "t"})
			run(a, tc.calls...)
			require.Len(t, asks(run(a, tc.want)), 1)
			run(a, Down{})
			tc.up.Waiting, tc.up.Turns = "t1", map[string]bool{"u1": true}
			require.Empty(t, asks(run(a, tc.up)))
			var want []Action
			if tc.cancelled {
				want = []Action{Cancel{"r1"}}
			}
			assert.Equal(t, want, run(a, Created{Response: "r1", Tag: "t1"}))
			again := len(asks(run(a, Done{Response: "r1", End: CancelledByClient})))
			assert.Equal(t, tc.cancelled && tc.calls == nil, again == 1, "what was cancelled is asked for again, with the calls")
		})
	}
}

// TestAFreeSayingWaitsForALostCall has a new connection hold neither a call nor its output:
// what the model words waits until it has both, and what the program words does not.
func TestAFreeSayingWaitsForALostCall(t *testing.T) {
	t.Parallel()
	a := New(Config{Echoes: true, Tags: "t"})
	run(a, Called{Call: "c1", Response: "r0"})
	run(a, Down{})
	run(a, Wanted{Saying: "free", Free: true})
	run(a, Wanted{Saying: "worded"})
	assert.Equal(t, []string{"worded"}, asks(run(a, Up{})))
	assert.Empty(t, asks(run(a, Created{Response: "r1", Tag: "t1"}, Done{Response: "r1"})))
	assert.Equal(t, []Action{Write{Call: "c1", Pair: true}}, run(a, Returned{Call: "c1"}))
	assert.Equal(t, []string{"free"}, asks(run(a, Confirmed{Call: "c1"})))
}

// TestRequestsThatAreGivenUpAreBounded has a server that echoes no tag begin no response, turn
// after turn. A late response to one of the last requests is known still.
func TestRequestsThatAreGivenUpAreBounded(t *testing.T) {
	t.Parallel()
	a, asked := New(Config{Tags: "t"}), 0
	for i := range 200 {
		var e Event
		if i%40 == 0 {
			e = Turn{ID: strconv.Itoa(i)}
		}
		asked += len(asks(a.Step(time.Duration(i)*2*time.Second, e)))
	}
	require.Equal(t, 5*(1+maxTries), asked)
	require.True(t, a.Idle())
	assert.Len(t, a.past, maxPast)
	for i := range asked {
		assert.Equal(t, i >= asked-maxPast, a.Awaits("t"+strconv.Itoa(i+1)), "request %d of %d", i+1, asked)
	}
}
