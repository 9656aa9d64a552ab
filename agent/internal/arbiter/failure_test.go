package arbiter

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhatIsGivenUpHasTheLastFailure has a server fail, be silent or fail for good: the report
// has the last failure that is known, and that is forgotten after it.
func TestWhatIsGivenUpHasTheLastFailure(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, tc := range map[string]struct {
		event    func(tag string) Event // nil is silence
		asks     int
		expected error
	}{
		"refused": {func(tag string) Event { return Refused{Tag: tag, Failure: Failure{Err: broken}} }, 5, broken},
		"final":   {func(tag string) Event { return Refused{Tag: tag, Failure: Failure{Err: broken, Final: true}} }, 1, broken},
		"silent":  {func(string) Event { return nil }, 5, errSilent},
	} {
		for what, wanted := range map[string]Event{"answer": Turn{ID: "u1"}, "saying": Wanted{Saying: "s1"}} {
			a := New(Config{Echoes: true, Tags: "t"})
			out, asked, at := a.Step(0, wanted), 0, time.Duration(0)
			var got error
			for range 20 {
				var next Event
				for _, x := range out {
					switch x := x.(type) {
					case Ask:
						asked++
						next = tc.event(x.Tag)
					case Report:
						got = x.Err
					case Over:
						require.Equal(t, GivenUp, x.How)
						got = x.Err
					}
				}
				at += 10 * time.Second
				out = a.Step(at, next)
			}
			assert.Equal(t, tc.asks, asked, "%s, %s", name, what)
			assert.Equal(t, tc.expected, got, "%s, %s", name, what)
			require.NoError(t, a.Failure())
			assert.True(t, a.Idle())
		}
	}
}

// TestTheCountOfFailuresEndsWithWhatHasFailed takes back what has failed a few times, in any
// way: what the user says then is asked for as often as any other turn.
func TestTheCountOfFailuresEndsWithWhatHasFailed(t *testing.T) {
	t.Parallel()
	mine, none := func(id string) bool { return id == "u1" }, func(string) bool { return false }
	turn, saying := Turn{ID: "u1"}, Wanted{Saying: "s1"}
	for name, c := range map[string]struct{ wanted, end Event }{
		"an interruption":             {turn, Interrupted{}},
		"a guard":                     {turn, Stopped{Turn: mine, Call: none}},
		"a question that is deleted":  {turn, TurnDeleted{ID: "u1"}},
		"a saying that is stopped":    {saying, Stopped{Turn: none, Call: none, Saying: func(id string) bool { return id == "s1" }}},
		"a saying that is taken back": {saying, Unwanted{Saying: "s1", Asked: true}},
	} {
		for when, inFlight := range map[string]bool{"in flight": true, "in a pause": false} {
			t.Run(name+", "+when, func(t *testing.T) {
				t.Parallel()
				a, at, n := New(Config{Echoes: true, Tags: "t"}), time.Duration(0), 0
				step := func(after time.Duration, e Event) {
					at += after
					n += len(asks(a.Step(at, e)))
				}
				refuse := func(times int) {
					for range times {
						step(time.Second, Refused{Tag: "t" + strconv.Itoa(n), Failure: Failure{Err: errors.New("broken")}})
						step(5*time.Second, nil)
					}
				}
				step(0, c.wanted)
				refuse(3)
				if !inFlight {
					step(time.Second, Refused{Tag: "t" + strconv.Itoa(n)})
				}
				step(time.Millisecond, c.end)
				if inFlight {
					step(time.Second, Refused{Tag: "t" + strconv.Itoa(n)})
				}
				step(10*time.Second, nil)
				require.NoError(t, a.Failure())
				require.True(t, a.Idle())
				before := n
				step(time.Second, Turn{ID: "u2"})
				refuse(10)
				assert.Equal(t, 1+maxTries, n-before)
				assert.True(t, a.Idle())
			})
		}
	}
}
