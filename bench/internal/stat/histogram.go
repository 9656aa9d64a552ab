package stat

import (
	"math/bits"
	"slices"
	"sync/atomic"
	"time"
)

// Buckets of a histogram: subs per power of two, so that a value is known to 1.6 %.
const (
	subBits = 6
	subs    = 1 << subBits
	octaves = 42 // up to an hour in nanoseconds
)

// Histogram counts durations in 22 KB of memory. Add may run concurrently.
type Histogram struct {
	counts [octaves * subs]atomic.Int64
}

// Delays are the durations of a histogram that occurred: the middle of each bucket and its
// count, ascending.
type Delays [][2]int64

// Add counts a duration. Negative ones count as 0.
func (h *Histogram) Add(d time.Duration) { h.counts[bucket(int64(max(d, 0)))].Add(1) }

// bucket is v itself below 2*subs. Above, its place is the length of v and the bits that
// follow the highest one.
func bucket(v int64) int {
	if v < subs {
		return int(v)
	}
	shift := bits.Len64(uint64(v)) - 1 - subBits
	return min((shift+1)*subs+int(v>>shift)-subs, octaves*subs-1)
}

// middle returns the middle of a bucket.
func middle(i int) int64 {
	if i < subs {
		return int64(i)
	}
	shift := i/subs - 1
	low := int64(subs+i%subs) << shift
	return low + int64(1)<<shift/2
}

// Take returns the durations and forgets them.
func (h *Histogram) Take() Delays {
	var out Delays
	for i := range h.counts {
		if n := h.counts[i].Swap(0); n > 0 {
			out = append(out, [2]int64{middle(i), n})
		}
	}
	return out
}

// Count returns the number of durations.
func (d Delays) Count() int64 {
	var n int64
	for _, e := range d {
		n += e[1]
	}
	return n
}

// Quantile returns the q-quantile, 0 ≤ q ≤ 1, or 0 without durations.
func (d Delays) Quantile(q float64) time.Duration {
	left := int64(q*float64(d.Count()-1) + 0.5)
	for _, e := range d {
		if left -= e[1]; left < 0 {
			return time.Duration(e[0])
		}
	}
	return 0
}

// Merge returns the durations of all.
func Merge(all ...Delays) Delays {
	sum := map[int64]int64{}
	for _, d := range all {
		for _, e := range d {
			sum[e[0]] += e[1]
		}
	}
	out := make(Delays, 0, len(sum))
	for v, n := range sum {
		out = append(out, [2]int64{v, n})
	}
	slices.SortFunc(out, func(a, b [2]int64) int { return int(a[0] - b[0]) })
	return out
}
