package memory

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/bench/internal/contender"
)

func TestShare(t *testing.T) {
	t.Parallel()
	got := share(contender.Memory{Heap: 1000, Stack: 10, RSS: 100, Goroutines: 2}, contender.Memory{Heap: 6000, Stack: 60, RSS: 600, Goroutines: 7}, 5)
	assert.Equal(t, contender.Memory{Heap: 1000, Stack: 10, RSS: 100, Goroutines: 1}, got)
}

func TestTableAndGoals(t *testing.T) {
	t.Parallel()
	r := results{
		contender.Silent: {
			plain:      {Heap: 8 << 10, Stack: 2 << 10, RSS: 20 << 10, Goroutines: 1},
			secure:     {Heap: 15 << 10, Stack: 2 << 10, Goroutines: 1},
			afterAudio: {Heap: 30 << 10, Stack: 2 << 10, Goroutines: 1},
		},
		contender.Whole: {secure: {Heap: 30 << 10, Stack: 9 << 10}, talking: {Heap: 110 << 10, Stack: 11 << 10}},
		contender.Node:  {secure: {Heap: 60 << 10, RSS: 70 << 10}},
	}
	assert.Equal(t, [][]string{
		{"realtime-go, no receiver", "10.0 KB (20.0 KB)", "17.0 KB (0.0 KB)", "–", "32.0 KB (0.0 KB)", "1.0"},
		{"realtime-go, agent, bridge and taps", "–", "39.0 KB (0.0 KB)", "121.0 KB (0.0 KB)", "–", "0.0"},
		{"openai for Node", "–", "60.0 KB (70.0 KB)", "–", "–", "–"},
	}, r.table().Rows)
	var sizes []string
	for _, c := range r.capacities() {
		sizes = append(sizes, fmt.Sprintf("%s: %s", c.What, kilobytes(c.Bytes)))
	}
	assert.Equal(t, []string{
		"realtime-go, agent, bridge and taps, idle, TLS: 39.0 KB", "realtime-go, agent, bridge and taps, hearing audio, TLS: 121.0 KB",
	}, sizes)
	var met []bool
	for _, g := range r.goals() {
		met = append(met, g.Met)
	}
	assert.Equal(t, []bool{true, false, true, true, false, true}, met)
}

func TestAStoppedReceiverIsBounded(t *testing.T) {
	t.Parallel()
	all := stops{
		{contender.Reused, 40 << 20, 33 << 20}, {contender.Owned, 40 << 20, 34 << 20}, {contender.OpenAI, 96 << 20, 120 << 20},
	}
	assert.Equal(t, []string{"openai-go", "96.0 MB", "120.0 MB", "1.25 MB"}, all.table().Rows[2])
	g := all.goal()
	assert.True(t, g.Met)
	assert.Equal(t, "34.0 MB; openai-go 120.0 MB", g.Here)
	all[1].growth = 40 << 20
	assert.False(t, all.goal().Met)
}
