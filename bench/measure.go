package main

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// result is what a peer took in each turn.
type result struct {
	peer   string
	nanos  []float64 // of one call, a turn each
	bytes  float64   // allocated by one call
	allocs float64
	n      int // calls in a turn
}

// measure lets the peers of a group take turns of about the given length, in
// another order each round, so that whatever else the machine does hits all.
func measure(g group, rounds int, turn time.Duration) []result {
	out := make([]result, len(g.peers))
	for i, p := range g.peers {
		out[i] = result{peer: p.name, n: calibrate(p.run, turn)}
		out[i].allocs = testing.AllocsPerRun(100, func() { _ = p.run() })
		out[i].bytes = bytesPerRun(p.run)
	}
	order := make([]int, len(g.peers))
	for i := range order {
		order[i] = i
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			took := timed(g.peers[i].run, out[i].n)
			out[i].nanos = append(out[i].nanos, float64(took)/float64(out[i].n))
		}
	}
	return out
}

// timed returns the processor time that n calls take, the garbage collector's
// included. Unlike the time on the wall it does not grow when the machine is busy
// with something else.
func timed(run func() error, n int) time.Duration {
	start := processorTime()
	for range n {
		_ = run()
	}
	return max(processorTime()-start, 1)
}

func processorTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return time.Duration(time.Now().UnixNano())
	}
	return time.Duration(t.Nano())
}

// calibrate returns how many calls fill a turn.
func calibrate(run func() error, turn time.Duration) int {
	for n := 1; ; n *= 2 {
		if took := timed(run, n); took >= turn/4 {
			return max(1, int(float64(n)*float64(turn)/float64(took)))
		}
	}
}

func bytesPerRun(run func() error) float64 {
	const n = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		_ = run()
	}
	runtime.ReadMemStats(&after)
	return math.Round(float64(after.TotalAlloc-before.TotalAlloc) / n)
}

func (r *result) median() float64 { return quantile(r.nanos, 0.5) }

// spread is half the distance between the quartiles, as a share of the median.
func (r *result) spread() float64 {
	return (quantile(r.nanos, 0.75) - quantile(r.nanos, 0.25)) / 2 / r.median()
}

// times is how often r's time goes into s's, as the median over the rounds.
func (r *result) times(s *result) float64 {
	ratios := make([]float64, len(r.nanos))
	for i := range ratios {
		ratios[i] = s.nanos[i] / r.nanos[i]
	}
	return quantile(ratios, 0.5)
}

func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}
