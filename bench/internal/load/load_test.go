package load

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/server"
)

var plan = Plan{Rounds: 1, Plain: []int{100, 1000, 5000}, TLS: []int{1000}}

func TestNodeIsNotAskedForPlainTCP(t *testing.T) {
	t.Parallel()
	r := micros(nil)
	assert.Len(t, r.tried(false, 100), 7)
	assert.NotContains(t, r.tried(false, 100), cell{false, 100, contender.Node})
	assert.Contains(t, r.tried(true, 1000), cell{true, 1000, contender.Node})
}

func TestTurn(t *testing.T) {
	t.Parallel()
	at := time.Now()
	one := func(s contender.Stat) []contender.Stat { return []contender.Stat{s} }
	begin := view{at, one(contender.Stat{Events: 1000}), server.Stat{Sent: 7000, Sessions: 30}}
	from := view{at, one(contender.Stat{CPU: time.Second, Events: 1100}), server.Stat{Sent: 7110, Sessions: 30}}
	to := view{at.Add(time.Second), one(contender.Stat{CPU: time.Second + 2*time.Millisecond, Events: 1200}), server.Stat{Sent: 7215, Sessions: 30}}
	got, err := begin.turns(from, to, 10, server.Interval)
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, 20*time.Microsecond, got[0].perEvent)
	assert.InDelta(t, 1.5, got[0].behind, 1e-9)
	assert.InDelta(t, 1.05, got[0].sent, 1e-9)
	assert.True(t, got[0].fair())
	assert.Equal(t, int64(15), to.lag(begin))

	for name, spoil := range map[string]func(v *view){
		"a session ended":    func(v *view) { v.clients[0].Broken = 1 },
		"a session is short": func(v *view) { v.server.Sessions = 29 },
		"silence":            func(v *view) { v.clients[0].Events = 1100 },
	} {
		bad := to
		bad.clients = slices.Clone(to.clients)
		spoil(&bad)
		_, err := begin.turns(from, bad, 10, server.Interval)
		require.Error(t, err, name)
	}
}

func TestTurnsAtTheSameTime(t *testing.T) {
	t.Parallel()
	at := time.Now()
	begin := view{at, make([]contender.Stat, 2), server.Stat{Sessions: 20}}
	from := begin
	to := view{at.Add(time.Second), []contender.Stat{
		{CPU: 2 * time.Millisecond, Events: 100}, {CPU: 3 * time.Millisecond, Events: 90},
	}, server.Stat{Sent: 200, Sessions: 20}}
	got, err := begin.turns(from, to, 20, server.Interval)
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, 20*time.Microsecond, got[0].perEvent)
	assert.Equal(t, 33*time.Microsecond, got[1].perEvent.Truncate(time.Microsecond))
	assert.InDelta(t, 0.5, got[0].behind, 1e-9, "of both together")
	assert.InDelta(t, 1, got[0].sent, 1e-9)
}

// micros returns results with these times for an event.
func micros(cells map[cell]int) *results {
	r := &results{plan: plan, cells: map[cell][]turn{}}
	for c, us := range cells {
		r.cells[c] = []turn{{perEvent: time.Duration(us) * time.Microsecond, sent: 1}}
	}
	return r
}

func TestWhoNeedsMoreThanACoreIsNotTried(t *testing.T) {
	t.Parallel()
	r := micros(map[cell]int{{false, 1000, contender.Community}: 76})
	assert.InDelta(t, 3.8, r.need(cell{false, 5000, contender.Community}), 1e-9)
	assert.Zero(t, r.need(cell{false, 1000, contender.Community}))
	assert.Zero(t, r.need(cell{false, 5000, contender.Owned}))
	assert.NotContains(t, r.tried(false, 5000), cell{false, 5000, contender.Community})
	table := r.table(false)
	assert.Equal(t, []string{"community client", "5000", "–", "–", "–", "saturated: needs 3.8 cores", "–"}, table.Rows[len(table.Rows)-1])
	r.broke = map[cell]bool{{false, 1000, contender.Owned}: true}
	assert.Equal(t, "failed with fewer", r.untried(cell{false, 5000, contender.Owned}))
	assert.Empty(t, r.untried(cell{true, 5000, contender.Owned}))
}

// TestLots has two clients that are streamed to at the same time, and one apart.
func TestLots(t *testing.T) {
	t.Parallel()
	clients := map[cell]*client{}
	cells := []cell{{kind: contender.Bare}, {kind: contender.Reused}, {kind: contender.OpenAI}, {kind: contender.Owned}}
	for _, c := range cells[:3] { // The last one has failed.
		clients[c] = &client{}
	}
	r := &comparison{results: results{plan: Plan{Together: true, Apart: []contender.Kind{contender.OpenAI}}}, random: rand.New(rand.NewPCG(1, 2))}
	assert.Equal(t, [][]cell{cells[:2], cells[2:3]}, r.lots(cells, clients))
	r.plan.Together = false
	assert.ElementsMatch(t, [][]cell{cells[:1], cells[1:2], cells[2:3]}, r.lots(cells, clients))
}

func verdicts(goals []report.Goal) (met, unknown []bool) {
	for _, g := range goals {
		met, unknown = append(met, g.Met), append(unknown, g.Unknown)
	}
	return met, unknown
}

func TestGoals(t *testing.T) {
	t.Parallel()
	cells := map[cell]int{
		{true, 1000, contender.Bare}: 20, {true, 1000, contender.Reused}: 26, {true, 1000, contender.Owned}: 33,
		{true, 1000, contender.Node}: 65, {true, 1000, contender.Community}: 182, {true, 1000, contender.Tapped}: 27,
		{true, 1000, contender.OpenAI}: 140,
	}
	for i, n := range plan.Plain {
		cells[cell{false, n, contender.Bare}] = 10
		cells[cell{false, n, contender.Reused}] = 20 - i
		cells[cell{false, n, contender.Owned}] = 11 + 2*i
	}
	r := micros(cells)
	met, unknown := verdicts(r.compared())
	assert.Equal(t, []bool{true, false, true, true, true, true, true, false, true}, met)
	assert.NotContains(t, unknown, true)
	assert.Equal(t, "7.0", r.compared()[3].Here)
	assert.False(t, r.taps().Met, "27 to 26")
	r.cells[cell{true, 1000, contender.Community}][0].perEvent = 130 * time.Microsecond
	assert.Equal(t, "5.0; impossible here: the bare socket has 6.5", r.compared()[3].Here)

	held := &r.cells[cell{false, 5000, contender.Owned}][0]
	held.perEvent = 21 * time.Microsecond
	met, _ = verdicts(r.compared())
	assert.False(t, met[5], "a client that needs more than a core does not hold the sessions")
	held.perEvent = 19 * time.Microsecond

	r.broke = map[cell]bool{{false, 5000, contender.Reused}: true}
	met, _ = verdicts(r.compared())
	assert.False(t, met[4], "a client that loses sessions does not hold them")
	r.broke = nil
	r.cells[cell{false, 5000, contender.Reused}][0].behind = 1.1
	held.sent = 0.9
	met, _ = verdicts(r.compared())
	assert.Equal(t, []bool{false, false}, met[4:6], "neither a client that lags nor one whose server was late")
}

func TestGoalsWithoutFigures(t *testing.T) {
	t.Parallel()
	r := micros(nil)
	for _, sizes := range [][]int{{100}, plan.Plain} {
		r.plan.Plain = sizes
		_, unknown := verdicts(r.compared())
		assert.NotContains(t, unknown, false)
	}
}

func TestTelephonesHoldAShareOfTheBareSocket(t *testing.T) {
	t.Parallel()
	r := micros(map[cell]int{{false, 300, contender.Bare}: 20, {false, 300, contender.Reused}: 28, {false, 300, contender.Owned}: 30})
	r.plan = Telephones(1)
	met, unknown := verdicts(r.telephones())
	assert.Equal(t, []bool{true, false, false, false}, met)
	assert.Equal(t, []bool{false, false, true, true}, unknown)
	assert.Equal(t, "71 %: 714 of 1000", r.telephones()[0].Here)
}

func TestLayers(t *testing.T) {
	t.Parallel()
	whole := cell{true, 1000, contender.Whole}
	r := micros(map[cell]int{{true, 1000, contender.Bare}: 15, {true, 1000, contender.Reused}: 18, {true, 1000, contender.Owned}: 20, whole: 23})
	met, _ := verdicts(r.layers())
	assert.Equal(t, []bool{true, false, true}, met)
	assert.Equal(t, "1.15", r.layers()[0].Here)
	r.cells[whole][0] = turn{perEvent: 24 * time.Microsecond, allocs: 1}
	met, _ = verdicts(r.layers())
	assert.Equal(t, []bool{false, false, false}, met)
	_, unknown := verdicts(micros(nil).layers())
	assert.Equal(t, []bool{true, true, true}, unknown)
}

func TestRatiosAreToTheBareSocket(t *testing.T) {
	t.Parallel()
	r := micros(map[cell]int{{true, 100, contender.Bare}: 10, {true, 100, contender.Owned}: 15, {true, 100, contender.OpenAI}: 99})
	r.plan.name = "event"
	assert.Equal(t, map[string]float64{"event: 100 sessions over TLS, realtime-go, to the bare socket": 1.5}, r.ratios())
}

func TestSittingsShareTheRounds(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []int{7}, Plan{Rounds: 7}.shares())
	assert.Equal(t, []int{3, 2, 2}, Plan{Rounds: 7, Sittings: 3}.shares())
}
