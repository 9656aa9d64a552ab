package stat

import (
	"fmt"
	"slices"
	"strings"
)

// Unknown stands for a number that could not be had.
const Unknown = -1

// Sample is what a peer took in each turn.
type Sample struct {
	Peer   string
	Nanos  []float64 // of one call, a turn each
	Bytes  float64   // allocated by one call
	Allocs float64
	N      int // calls in a turn
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

// Median returns the middle turn.
func (s *Sample) Median() float64 { return Quantile(s.Nanos, 0.5) }

// Spread is half the distance between the quartiles, as a share of the median.
func (s *Sample) Spread() float64 {
	return (Quantile(s.Nanos, 0.75) - Quantile(s.Nanos, 0.25)) / 2 / s.Median()
}

// Times is how often s's time goes into o's, as the median over the rounds: a
// ratio of neighbours in time, which a slow minute of the machine leaves alone. Of
// samples of unequal length the rounds that both had count.
func (s *Sample) Times(o *Sample) float64 {
	ratios := make([]float64, min(len(s.Nanos), len(o.Nanos)))
	for i := range ratios {
		ratios[i] = o.Nanos[i] / s.Nanos[i]
	}
	return Quantile(ratios, 0.5)
}

// Quantile returns the value below which the share q of the values lies.
func Quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

// Raw appends the turns in the format of Go's benchmarks, for benchstat. The
// name is a benchmark's, such as "decode-audio-delta/4096".
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
