package stat_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/bench/internal/stat"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	values := []float64{9, 1, 5, 3, 7}
	assert.InDelta(t, 1, stat.Quantile(values, 0), 0)
	assert.InDelta(t, 5, stat.Quantile(values, 0.5), 0)
	assert.InDelta(t, 7, stat.Quantile(values, 0.75), 0)
	assert.InDelta(t, 9, stat.Quantile(values, 1), 0)
	assert.Equal(t, []float64{9, 1, 5, 3, 7}, values, "Quantile must not sort its argument")
}

// TestTimesComparesNeighbours simulates a machine that is ten times slower in one
// round. The ratio must not change.
func TestTimesComparesNeighbours(t *testing.T) {
	t.Parallel()
	fast := stat.Sample{Nanos: []float64{1, 10, 1, 10}}
	slow := stat.Sample{Nanos: []float64{3, 30, 3, 30}}
	assert.InDelta(t, 3, fast.Times(&slow), 1e-9)
	assert.InDelta(t, 1./3, slow.Times(&fast), 1e-9)
	short := stat.Sample{Nanos: []float64{4}}
	assert.InDelta(t, 4, fast.Times(&short), 1e-9, "common rounds")
}

// The ranks are those of the tables for the sign test.
func TestInterval(t *testing.T) {
	t.Parallel()
	for n, ranks := range map[int][2]float64{1: {1, 1}, 5: {1, 5}, 6: {1, 6}, 8: {1, 8}, 9: {2, 8}, 10: {2, 9}, 15: {4, 12}, 20: {6, 15}, 25: {8, 18}} {
		var values []float64
		for i := n; i > 0; i-- {
			values = append(values, float64(i))
		}
		low, high := stat.Interval(values)
		assert.Equal(t, ranks, [2]float64{low, high}, n)
	}
}

func TestSpreadIsHalfOfTheMiddleHalf(t *testing.T) {
	t.Parallel()
	s := stat.Sample{Nanos: []float64{80, 90, 100, 110, 120}}
	assert.InDelta(t, 100, s.Median(), 0)
	assert.InDelta(t, 0.1, s.Spread(), 1e-9)
}

func TestRawIsWhatBenchstatReads(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	stat.Raw(&b, "decode-audio-delta/4096", []stat.Sample{
		{Peer: "encoding/json, two passes", Nanos: []float64{12.5}, Bytes: 64, Allocs: 2, N: 7},
		{Peer: "elsewhere", Nanos: []float64{3, 4}, Bytes: stat.Unknown, Allocs: stat.Unknown},
	})
	assert.Equal(t, "Benchmarkdecode_audio_delta/4096/peer=encoding.json-two-passes 7 12.50 ns/op 64 B/op 2 allocs/op\n"+
		"Benchmarkdecode_audio_delta/4096/peer=elsewhere 1 3.00 ns/op\n"+
		"Benchmarkdecode_audio_delta/4096/peer=elsewhere 1 4.00 ns/op\n", b.String())
}

var sink []byte

// The tests that measure are not parallel: allocations are counted for the process.

func TestMeasureGivesEveryPeerATurnARound(t *testing.T) {
	elsewhere := 0
	plan := stat.Plan{Rounds: 5, Turn: 50 * time.Microsecond}
	got, err := plan.Measure([]stat.Peer{
		{Name: "here", Run: func() error { sink = make([]byte, 1024); return nil }},
		{Name: "there", Turn: func(n int) (time.Duration, error) {
			elsewhere++
			return time.Duration(n) * 10 * time.Microsecond, nil
		}},
	})
	require.NoError(t, err)
	here, there := stat.Find(got, "here"), stat.Find(got, "there")
	assert.Len(t, here.Nanos, 5)
	assert.Positive(t, here.Median())
	assert.Equal(t, 5, there.N, "calls that fill a turn")
	assert.Equal(t, []float64{1e4, 1e4, 1e4, 1e4, 1e4}, there.Nanos)
	assert.InDelta(t, stat.Unknown, there.Allocs, 0)
	assert.Greater(t, elsewhere, 5)
	assert.Nil(t, stat.Find(got, "missing"))
}

func TestMeasureCountsAllocations(t *testing.T) {
	got, err := stat.Plan{Rounds: 1, Turn: time.Microsecond}.Measure([]stat.Peer{
		{Name: "one", Run: func() error { sink = make([]byte, 1024); return nil }},
		{Name: "none", Run: func() error { return nil }},
	})
	require.NoError(t, err)
	assert.InDelta(t, 1, got[0].Allocs, 0)
	assert.InDelta(t, 1024, got[0].Bytes, 64)
	assert.InDelta(t, 0, got[1].Allocs, 0)
}

func TestMeasureTellsWhoFailed(t *testing.T) {
	broken := errors.New("broken")
	_, err := stat.Plan{Rounds: 1, Turn: time.Microsecond}.Measure([]stat.Peer{{Name: "it", Run: func() error { return broken }}})
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "it:")
}
