package schedule

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/socket"
)

// reach counts what happened in all schedules: those in which nothing breaks, or nothing
// works, prove nothing.
var reach = struct {
	sync.Mutex

	n map[string]int
}{n: map[string]int{}}

// count adds what happened in a run.
func (r *run) count() {
	reach.Lock()
	defer reach.Unlock()
	add := func(what string, n int) { reach.n[what] += n }
	b := &r.book
	add("schedules", 1)
	if r.s == nil {
		return
	}
	add("outages", b.outages)
	add("items made", len(b.made))
	add("items listed as lost", len(b.lost))
	add("events taken", len(r.taken))
	add("receipts", len(r.receipts))
	add("responses interrupted", len(b.interrupted))
	add("events unanswered", len(b.unanswered))
	add("events refused", len(b.failed))
	add("function outputs", len(b.outputs))
	add("writes uncertain", int(r.fates[socket.Uncertain].Load()))
	add("events unsent", int(r.fates[socket.Unsent].Load()))
	if r.over.Load() {
		add("ended in the midst", 1)
	}
	if b.end != "" {
		add("whole at the end", 1)
		if b.outages > 0 {
			add("whole after outages", 1)
		}
	}
}

// checkReach holds that everything happens in 500 schedules.
func checkReach(t *testing.T) {
	t.Helper()
	reach.Lock()
	defer reach.Unlock()
	t.Logf("%v", reach.n)
	if t.Failed() || reach.n["schedules"] < 500 {
		return
	}
	for what, n := range reach.n {
		assert.Greater(t, n, 0, what)
	}
	assert.Greater(t, reach.n["whole after outages"], reach.n["schedules"]/6)
}
