package codec

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// Tests that run peers are not parallel, because all write to sink.

func TestEveryPeerDecodesTheAudio(t *testing.T) {
	require.NoError(t, verify(groups(nil)))
}

func TestVerifyFindsWrongAudio(t *testing.T) {
	g := audioGroup(4096, nil)
	g.size++
	require.ErrorIs(t, verify([]group{g}), errWrong)
}

// TestEveryGroupHasItsTableAndGoals is not parallel, because it counts allocations.
func TestEveryGroupHasItsTableAndGoals(t *testing.T) {
	plan := stat.Plan{Rounds: 2, Turn: time.Microsecond}
	var done []measured
	for _, g := range groups(nil) {
		m, err := measure(g, plan)
		require.NoError(t, err, g.name)
		table := m.table()
		require.Len(t, table.Rows, len(g.peers), g.name)
		for _, row := range table.Rows {
			assert.Len(t, row, len(table.Columns), g.name)
		}
		assert.NotEmpty(t, m.goals(), g.name)
		done = append(done, m)
	}
	c := chart(done)
	assert.Equal(t, []string{"4 KB", "8 KB", "16 KB"}, c.Sizes)
	for _, line := range c.Lines {
		assert.NotEqual(t, floor, line.Name)
		assert.Len(t, line.Values, 3, line.Name)
	}
}

// samples returns samples of one round with the given times.
func samples(nanos map[string]float64) []stat.Sample {
	var out []stat.Sample
	for _, peer := range []string{floor, reused, ours, session, client, goccyOne, goccyTwo} {
		out = append(out, stat.Sample{Peer: peer, Nanos: []float64{nanos[peer]}, Allocs: 3})
	}
	return out
}

func TestGoals(t *testing.T) {
	t.Parallel()
	took := samples(map[string]float64{floor: 10, reused: 15, ours: 41, session: 13, client: 1050, goccyOne: 10, goccyTwo: 12})
	met := func(k kind, size int) []bool {
		m := measured{group{size: size, kind: k}, took, took}
		var out []bool
		for _, g := range m.goals() {
			out = append(out, g.Met)
		}
		return out
	}
	// 1.5 times the floor meets the goal, the allocations do not, 70 times the
	// community client does. Then 4.1 times the floor does not.
	assert.Equal(t, []bool{true, false, true, false, true, false}, met(audioDelta, 8192))
	assert.Equal(t, []bool{true, true}, met(textDelta, 0))
	assert.Equal(t, []bool{true, true}, met(sessionCreated, 0))
	assert.Equal(t, []bool{false, false}, met(audioAppend, 960))
}

func TestPuregoIsJudgedByItsWorstSize(t *testing.T) {
	t.Parallel()
	slow := samples(map[string]float64{reused: 10, ours: 20})
	fast := samples(map[string]float64{reused: 1, ours: 1})
	for _, list := range [][]stat.Sample{slow, fast} {
		list[4].Nanos[0] = 300 // the community client
	}
	two := stat.Sample{Peer: std, Nanos: []float64{150}}
	all := []portable{{"a", true, append(slow, two)}, {"b", true, append(fast, two)}, {"c", false, samples(map[string]float64{reused: 1e9})}}
	goals := portableGoals(all)
	require.Len(t, goals, 2)
	assert.Equal(t, []string{"15.0 at the worst size", "7.5 at the worst size"}, []string{goals[0].Here, goals[1].Here})
	assert.Equal(t, []bool{true, false}, []bool{goals[0].Met, goals[1].Met})
	assert.Equal(t, []string{"a", reused, "10 ns", "30.0", "15.0"}, portableTable(all).Rows[0])
}
