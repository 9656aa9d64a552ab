package latency

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// TestMain also runs the processes that the tests start.
func TestMain(m *testing.M) {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "server":
		err = server.Main()
	case len(os.Args) == 2 && os.Args[1] == "client":
		err = contender.Main(context.Background())
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// TestRun measures a few sessions in every situation.
func TestRun(t *testing.T) {
	t.Parallel()
	plan := Plan{Rounds: 1, Warm: 100 * time.Millisecond, Window: 300 * time.Millisecond, Sessions: []int{1, 3}}
	s, err := Run(t.Context(), plan, process.Programs{Server: "server", Client: "client"})
	require.NoError(t, err)
	assert.Len(t, s.Tables[receiving].Rows, len(kinds)*(len(situations)+1))
	assert.Len(t, s.Tables[sending].Rows, len(senders)*2)
	for _, g := range s.Goals {
		assert.False(t, g.Unknown, g)
	}
}

func delays(us ...int64) stat.Delays {
	var d stat.Delays
	for _, v := range us {
		d = append(d, [2]int64{v * 1000, 1})
	}
	return d
}

func TestGoals(t *testing.T) {
	t.Parallel()
	bare, owned := cell{contender.Plain, 1000, situations[0], receiving}, cell{contender.Owned, 1000, situations[0], receiving}
	pooled := cell{contender.Bare, 1000, situations[0], receiving}
	r := &results{plan: Plan{Sessions: []int{1000}}, turns: map[cell][]stat.Delays{
		bare:   {delays(100, 2000), delays(100, 9000), delays(100, 2000)},
		owned:  {delays(120, 2100), delays(120, 8000), delays(120, 1900)},
		pooled: {delays(100, 1000), delays(100, 4000), delays(100, 1000)},
	}}
	g := r.noWorse(owned)
	assert.True(t, g.Met)
	assert.Equal(t, "0.95 times: 2.10 ms to 2.00 ms", g.Here)
	assert.True(t, r.bounded(owned).Met)
	assert.InDelta(t, 2, r.ratios()["p99 of "+owned.String()+", to the bare socket"], 0.1)
	r.turns[bare], r.turns[owned] = []stat.Delays{delays(50, 60)}, []stat.Delays{delays(70, 100)}
	assert.True(t, r.noWorse(owned).Met, "a twentieth of a millisecond is noise")
	r.turns[bare], r.turns[owned] = []stat.Delays{delays(100, 2000)}, []stat.Delays{delays(120, 6000)}
	assert.False(t, r.noWorse(owned).Met, "three times the bare socket's")
	assert.False(t, r.bounded(owned).Met)
	assert.True(t, r.noWorse(cell{contender.Whole, 1000, situations[0], receiving}).Unknown)
}
