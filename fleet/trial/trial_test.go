package main

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
	"github.com/voicelane/realtime-go/fleet/trial/internal/conductor"
	"github.com/voicelane/realtime-go/fleet/trial/internal/proc"
	"github.com/voicelane/realtime-go/fleet/trial/internal/verdict"
)

func TestMain(m *testing.M) {
	proc.Main(conductor.Roles) // The test starts itself as workers and as the NATS server.
	m.Run()
}

// small is a trial that takes half a minute.
func small(t *testing.T) *conductor.Plan {
	t.Helper()
	return &conductor.Plan{
		Calls: 60, Short: 20, ArriveWithin: 2 * time.Second, Workers: 4, Capacity: 60,
		Lease: 4 * time.Second, Patience: 5 * time.Second, GiveUp: 8, KillEvery: 1500 * time.Millisecond,
		ThinkLeast: 300 * time.Millisecond, ThinkMost: 1500 * time.Millisecond, EffectMost: 200 * time.Millisecond,
		Dir: t.TempDir(), Log: t.Output(), Seed: rand.Uint64() >> 32,
	}
}

// judged plays a trial and judges it.
func judged(t *testing.T, p *conductor.Plan) (*verdict.Verdict, []books.Act) {
	t.Helper()
	t.Logf("seed %d", p.Seed)
	trial, err := conductor.New(t.Context(), p)
	require.NoError(t, err)
	defer trial.Close()
	require.NoError(t, trial.Run(t.Context()))
	acts := trial.Timeline.Acts()
	v := verdict.Judge(trial.Vendor.Books, acts, p.Lease)
	var out strings.Builder
	v.Print(&out, acts, 3)
	t.Log("\n" + out.String())
	return v, acts
}

// TestAFleetLosesNoCall kills, freezes and deploys workers under calls. Times depend on the
// machine: make fleet-trial holds them to their bounds.
func TestAFleetLosesNoCall(t *testing.T) {
	p := small(t)
	p.Kills, p.Freeze, p.Deploys = 3, true, 4
	v, acts := judged(t, p)
	assert.Empty(t, v.Broken(false))
	assert.Equal(t, p.Calls, min(v.Calls, p.Calls))
	assert.NotEmpty(t, v.Kill, "calls of killed workers")
	assert.NotEmpty(t, v.Freeze, "calls of a frozen worker")
	assert.NotEmpty(t, v.Deploy, "calls that were handed over")
	assert.Greater(t, v.Effects, 2*p.Calls)
	deeds := map[books.Deed]int{}
	for _, a := range acts {
		deeds[a.Deed]++
	}
	assert.Equal(t, []int{3, 1, 1, 4}, []int{deeds[books.Kill], deeds[books.Freeze], deeds[books.Wake], deeds[books.Deploy]})
}

// TestATrialFindsLostCalls runs workers whose calls end with them: a trial that cannot fail
// proves nothing.
func TestATrialFindsLostCalls(t *testing.T) {
	p := small(t)
	p.Calls, p.Short, p.Kills, p.Plain = 12, 0, 1, true
	p.Patience, p.GiveUp = time.Second, 3
	v, acts := judged(t, p)
	assert.NotZero(t, v.Lost)
	assert.NotEmpty(t, v.Broken(false))
	require.NotEmpty(t, v.Faults)
	assert.Regexp(t, `(?s)attached.*\* killed.*caller gave up`, verdict.History(v.Faults[0].Call, acts))
}
