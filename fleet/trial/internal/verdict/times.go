package verdict

import (
	"fmt"
	"slices"
	"time"
)

// Times are durations of one kind.
type Times []time.Duration

// Percentile returns the least duration that p per cent of all do not exceed, and 0 for
// none.
func (t Times) Percentile(p int) time.Duration {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t))
	return sorted[max((len(sorted)*p+99)/100-1, 0)]
}

// String returns number, percentiles and maximum.
func (t Times) String() string {
	if len(t) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d: p50 %s, p95 %s, p99 %s, max %s", len(t), short(t.Percentile(50)), short(t.Percentile(95)), short(t.Percentile(99)), short(t.Percentile(100)))
}

func short(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}
