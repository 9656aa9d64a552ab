package fleet

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var (
	schedules = flag.Int("schedules", 0, "random schedules of leases and fences; 0: 200, or 40 under the race detector or with -short")
	seed      = flag.Uint64("seed", 0, "the schedule to run again; 0: the first ones")
)

// The acts of a schedule.
const (
	actKill     = "kill a worker, start another"
	actDeploy   = "start a worker, drain another"
	actCut      = "cut a worker off from the servers"
	actStall    = "stall a worker's network"
	actMinority = "leave a worker a server without a majority"
	actRestart  = "restart the servers"
	actJump     = "step the servers' clock"
	actOffer    = "deliver a webhook again"
	actStray    = "store a call in another shard as well"
	actSideband = "cut the sideband of a call"
)

// act is something that happens to the fleet. who is a worker's place or a call.
type act struct {
	at   time.Duration
	what string
	who  int
	span time.Duration
}

func (a act) String() string {
	return fmt.Sprintf("%7.3f s  %s: %d, %s", a.at.Seconds(), a.what, a.who, a.span)
}

// script is what a call is to be like.
type script struct {
	at, length time.Duration
	hangsUp    bool // the program; otherwise the caller does
	tools      int
}

// schedule is what happens in one run.
type schedule struct {
	seed    uint64
	workers int
	calls   []script
	acts    []act
}

// horizon is when the faults of a schedule end.
const horizon = 40 * time.Second

// newSchedule makes the schedule of a seed.
func newSchedule(seed uint64) *schedule {
	r := rand.New(rand.NewPCG(seed, 21))
	span := func(least, most time.Duration) time.Duration {
		return (least + time.Duration(r.Int64N(int64(most-least)+1))).Truncate(time.Millisecond)
	}
	s := &schedule{seed: seed, workers: 2 + r.IntN(2)}
	for range 1 + r.IntN(3) {
		s.calls = append(s.calls, script{at: span(0, horizon/4), length: span(5*time.Second, horizon), hangsUp: r.IntN(2) == 0, tools: r.IntN(12)})
	}
	kinds := []string{actKill, actKill, actKill, actDeploy, actCut, actStall, actMinority, actRestart, actJump, actJump, actOffer, actStray, actSideband}
	for range 2 + r.IntN(9) {
		a := act{at: span(time.Second, horizon), what: kinds[r.IntN(len(kinds))]}
		switch a.what {
		case actOffer, actStray, actSideband:
			a.who = r.IntN(len(s.calls))
		case actJump:
			a.span = span(500*time.Millisecond, 12*time.Second)
			if r.IntN(2) == 0 {
				a.span = -a.span
			}
		case actKill:
			a.who, a.span = r.IntN(s.workers), span(100*time.Millisecond, 3*time.Second)
		default:
			a.who, a.span = r.IntN(s.workers), span(200*time.Millisecond, 12*time.Second)
		}
		s.acts = append(s.acts, a)
	}
	slices.SortFunc(s.acts, func(a, b act) int { return int(a.at - b.at) })
	return s
}

func (s *schedule) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %d workers\n", s.seed, s.workers)
	for i, c := range s.calls {
		end := "the caller hangs up"
		if c.hangsUp {
			end = "the program hangs up"
		}
		fmt.Fprintf(&b, "%7.3f s  call %d rings, %d tools; after %s %s\n", c.at.Seconds(), i, c.tools, c.length, end)
	}
	for _, a := range s.acts {
		b.WriteString(a.String() + "\n")
	}
	return b.String()
}

// TestLeasesAndFencesInRandomSchedules plays calls against a model of the servers and the test
// server, and holds the fleet to its promises: no call is lost, one owner for each epoch, no two
// sessions of owners that can be reached, and no Once func twice. A failure prints the schedule;
// -seed runs it again.
func TestLeasesAndFencesInRandomSchedules(t *testing.T) {
	first, n := uint64(1), *schedules
	switch {
	case *seed != 0:
		first, n = *seed, 1
	case n == 0 && (raceEnabled || testing.Short()):
		n = 40
	case n == 0:
		n = 200
	}
	var sum tally
	for s := first; s < first+uint64(n) && !t.Failed(); s++ {
		synctest.Test(t, func(t *testing.T) {
			x := newPlay(t, newSchedule(s))
			x.run()
			sum.add(x)
		})
	}
	t.Logf("%+v", sum)
	if n >= 200 && !t.Failed() {
		sum.reaches(t)
	}
}
