// Package quantile finds quantiles of durations by the nearest-rank method: each is one of
// the durations.
package quantile

import (
	"math"
	"slices"
	"time"
)

// Of returns the q-quantile, 0 < q ≤ 1, of durations, 0 if there are none.
func Of(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	rank := int(math.Ceil(q*float64(len(sorted)) - 1e-9))
	return sorted[max(rank, 1)-1]
}

// Enough reports whether n durations have a q-quantile that differs from their maximum:
// 100 for the 99th percentile.
func Enough(n int, q float64) bool { return n > 0 && (q >= 1 || float64(n)*(1-q) >= 1-1e-9) }
