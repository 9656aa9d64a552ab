package arbiter

import (
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

var (
	schedules = flag.Int("schedules", 500, "random schedules of each kind of server")
	seed      = flag.Int("seed", -1, "play this seed alone, and print what happens")
)

// faults is what the oracles found.
func faults(n counts) string {
	return fmt.Sprintf("active %d, stalls %d, silences %d, doubled %d, effects %d, sayings %d, early %d, continued %d",
		n.active, n.stalls, n.silences, n.doubled, n.effects, n.sayings, n.early, n.continued)
}

// TestArbiterInRandomSchedules plays users, networks, tools and servers at random, and
// holds the outcome to oracles: no response is asked for while one runs, every turn gets
// an answer that saw all its outputs, without a silence, no call runs twice, every
// saying is said or cut, and nothing of what the program has stopped goes on. A failing seed prints its schedule, and
//
//	go test ./agent/internal/arbiter -run 'Schedules/KIND' -seed N
//
// plays it again.
func TestArbiterInRandomSchedules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		variant

		allowed func(n *counts) // clears what no client can avoid with such a server
	}{
		{variant{name: "documented"}, func(n *counts) {}},
		{variant{name: "swallowing", swallows: true}, func(n *counts) { n.silences, n.early = 0, 0 }},
		{variant{name: "silent errors", silent: true, swallows: true}, func(n *counts) { n.silences, n.early = 0, 0 }},
		{variant{name: "mute", mute: true, swallows: true}, func(n *counts) { n.silences, n.early = 0, 0 }},
		{variant{name: "forgetful", forgets: true}, func(n *counts) { n.effects = 0 }},
		{variant{name: "unasked responses", unasked: true}, func(n *counts) { n.active, n.early = 0, 0 }},
		{variant{name: "late", late: true, swallows: true}, func(n *counts) { n.active, n.silences, n.early = 0, 0, 0 }},
		{
			// An answer that comes late and has no tag may be taken for that to a turn.
			variant{name: "mute and late and unasked", mute: true, late: true, unasked: true, swallows: true},
			func(n *counts) {
				n.active, n.silences, n.early, n.sayings, n.stalls, n.continued = 0, 0, 0, 0, 0, 0
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var all counts
			first, end := 0, *schedules
			if *seed >= 0 {
				first, end = *seed, *seed+1
			}
			for i := first; i < end; i++ {
				w := newWorld(uint64(i), c.variant)
				n := w.run()
				all.add(n)
				c.allowed(&n)
				if !assert.Equal(t, faults(counts{}), faults(n), "seed %d\n%s", i, w) {
					return
				}
				if *seed >= 0 {
					t.Logf("seed %d\n%s", i, w)
				}
			}
			t.Logf("%d requests, %d turns, %d calls, %d connections lost, %d interruptions, %d given up; %s",
				all.requests, all.turns, all.calls, all.connections, all.interruptions, all.givenUp, faults(all))
		})
	}
}
