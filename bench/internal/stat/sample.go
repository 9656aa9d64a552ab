package stat

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Unknown is the value of a number that could not be measured.
const Unknown = -1

// Sample has the measurements of a peer.
type Sample struct {
	Peer   string
	Nanos  []float64 // of one call, for each turn
	Bytes  float64   // allocated by one call
	Allocs float64
	N      int // calls per turn
}

// Find returns the sample of a peer, or nil.
func Find(all []Sample, peer string) *Sample {
	for i := range all {
		if all[i].Peer == peer {
			return &all[i]
		}
	}
	return nil
}

// Median returns the median time of a call in nanoseconds.
func (s *Sample) Median() float64 { return Quantile(s.Nanos, 0.5) }

// Spread returns half the interquartile range, relative to the median.
func (s *Sample) Spread() float64 {
	return (Quantile(s.Nanos, 0.75) - Quantile(s.Nanos, 0.25)) / 2 / s.Median()
}

// Times returns how many times as fast s is as o: the median of [Sample.Ratios].
func (s *Sample) Times(o *Sample) float64 { return Quantile(s.Ratios(o), 0.5) }

// Ratios returns the times of o by those of s, round by round. A round in which the machine
// is slow affects both sides of its ratio. If the samples differ in length, only common
// rounds count.
func (s *Sample) Ratios(o *Sample) []float64 {
	ratios := make([]float64, min(len(s.Nanos), len(o.Nanos)))
	for i := range ratios {
		ratios[i] = o.Nanos[i] / s.Nanos[i]
	}
	return ratios
}

// Interval returns the 95 % confidence interval of the median of values, by their order
// alone: their distribution does not matter. With fewer than six values it is their range.
func Interval(values []float64) (low, high float64) {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	// The median lies below the kth smallest of n values with the probability that at most
	// k - 1 of n coins show heads.
	k, below := 0, 0.0
	for coins := math.Pow(0.5, float64(n)); below+coins <= 0.025; k++ {
		below += coins
		coins *= float64(n-k) / float64(k+1)
	}
	k = max(k-1, 0)
	return sorted[k], sorted[n-1-k]
}

// Quantile returns the q-quantile of the values, 0 ≤ q ≤ 1.
func Quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

// Raw appends the turns in the format of Go's benchmarks, for benchstat. The name is a
// benchmark's name, such as "decode-audio-delta/4096".
func Raw(b *strings.Builder, name string, all []Sample) {
	clean := strings.NewReplacer(" ", "-", ",", "", "/", ".")
	for _, s := range all {
		for _, ns := range s.Nanos {
			fmt.Fprintf(b, "Benchmark%s/peer=%s %d %.2f ns/op", strings.ReplaceAll(name, "-", "_"), clean.Replace(s.Peer), max(s.N, 1), ns)
			if s.Allocs != Unknown {
				fmt.Fprintf(b, " %.0f B/op %.0f allocs/op", s.Bytes, s.Allocs)
			}
			b.WriteString("\n")
		}
	}
}
