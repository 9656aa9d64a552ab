package stat_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/bench/internal/stat"
)

func TestHistogramKnowsQuantiles(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var h, other stat.Histogram
	var exact []float64
	for i := range 20_000 {
		d := time.Duration(1) << rng.IntN(36)
		d += time.Duration(rng.Int64N(int64(d)))
		exact = append(exact, float64(d))
		if i%2 == 0 {
			h.Add(d)
		} else {
			other.Add(d)
		}
	}
	all := stat.Merge(h.Take(), other.Take())
	assert.EqualValues(t, 20_000, all.Count())
	for _, q := range []float64{0, 0.01, 0.5, 0.99, 0.999, 1} {
		assert.InEpsilon(t, stat.Quantile(exact, q), float64(all.Quantile(q)), 0.01, "%g", q)
	}
	assert.Zero(t, h.Take().Count(), "Take forgets")
}

func TestHistogramOfExtremes(t *testing.T) {
	t.Parallel()
	var h stat.Histogram
	h.Add(-time.Second)
	h.Add(1000 * time.Hour)
	d := h.Take()
	assert.Zero(t, d.Quantile(0))
	assert.Greater(t, d.Quantile(1), time.Hour)
	assert.Zero(t, stat.Delays(nil).Quantile(0.5))
}

func TestMonotonicAdvances(t *testing.T) {
	t.Parallel()
	at := stat.Monotonic()
	time.Sleep(time.Millisecond)
	assert.GreaterOrEqual(t, stat.Monotonic()-at, time.Millisecond)
}
