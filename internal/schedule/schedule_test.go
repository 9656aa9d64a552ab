package schedule

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	schedules = flag.Int("schedules", 500, "random schedules of a session")
	replay    = flag.String("replay", "", "the file of a schedule to play")
)

// TestSessionsInRandomSchedules plays the schedules of the seeds.
func TestSessionsInRandomSchedules(t *testing.T) {
	t.Parallel()
	t.Cleanup(func() { checkReach(t) })
	for seed := range *schedules {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			p := random(uint64(seed))
			wrong := play(t, p)
			if len(wrong) == 0 {
				return
			}
			if !testing.Short() {
				p = shrink(p, func(p *plan) bool { return len(play(t, p)) > 0 })
			}
			report(t, p, wrong)
		})
	}
}

// TestReplay plays the schedule of a file.
func TestReplay(t *testing.T) {
	t.Parallel()
	if *replay == "" {
		t.Skip("there is no -replay")
	}
	text, err := os.ReadFile(*replay)
	require.NoError(t, err)
	p, err := parse(string(text))
	require.NoError(t, err)
	if wrong := play(t, p); len(wrong) > 0 {
		report(t, p, wrong)
	}
}

// TestASchedulePrintsAsItParses holds that what a failure prints is the schedule.
func TestASchedulePrintsAsItParses(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		p := random(seed)
		again, err := parse("    the first line is not of it\n" + strings.ReplaceAll(p.String(), "{", "        {"))
		require.NoError(t, err)
		assert.Equal(t, p, again)
	}
}

// TestShrink holds that only what a failure needs is left.
func TestShrink(t *testing.T) {
	t.Parallel()
	p := random(3)
	p.Faults = []fault{{Conn: 1, Frame: 3, Do: "cut"}, {Conn: 2, Frame: 3, Do: "cut"}}
	need := []step{p.Steps[1], p.Steps[len(p.Steps)-1]}
	small := shrink(p, func(p *plan) bool {
		has := 0
		for _, s := range p.Steps {
			if s == need[0] || s == need[1] {
				has++
			}
		}
		return has == 2 && len(p.Faults) > 0
	})
	assert.Equal(t, need, small.Steps)
	assert.Len(t, small.Faults, 1)
}

// play plays a schedule and returns what was wrong.
func play(t *testing.T, p *plan) (wrong []string) {
	t.Helper()
	defer func() {
		if v := recover(); v != nil { // A goroutine is left, or all of them wait.
			t.Logf("schedule:\n%s", p)
			panic(v)
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		r := newRun(t, p)
		r.play()
		r.count()
		wrong = r.wrong
	})
	return wrong
}

func report(t *testing.T, p *plan, wrong []string) {
	t.Helper()
	t.Errorf("%s\nthe schedule, for go test ./internal/schedule -run Replay -replay FILE:\n%s", strings.Join(wrong, "\n"), p)
}
