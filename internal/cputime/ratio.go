package cputime

import (
	"runtime"
	"runtime/debug"
	"time"
)

const (
	// turn is how long one measurement lasts at least.
	turn = 4 * time.Millisecond
	// least and most are how many turns each function gets.
	least, most = 5, 60
)

// Ratio returns how many times the processor time of f that of g is, by the
// shortest of many turns in which the two alternate, since whatever else happens
// only ever adds. It stops early once the ratio is at most enough. Tests that call
// it must not be parallel; the garbage collector rests in the meantime.
func Ratio(f, g func(), enough float64) float64 {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	nf, ng := calls(f), calls(g)
	bestF, bestG := measure(f, nf), measure(g, ng)
	for i := range most {
		bestF, bestG = min(bestF, measure(f, nf)), min(bestG, measure(g, ng))
		if i >= least && bestF <= enough*bestG {
			break
		}
	}
	return bestF / bestG
}

// calls returns how many calls of f fill a turn.
func calls(f func()) int {
	for n := 1; ; n *= 2 {
		if measure(f, n)*float64(n) >= float64(turn) {
			return n
		}
	}
}

// measure returns the processor time of a call of f in nanoseconds.
func measure(f func(), n int) float64 {
	runtime.GC()
	took := Of(func() {
		for range n {
			f()
		}
	})
	return float64(took) / float64(n)
}

// Allocated returns how many bytes a call of f takes from the heap.
func Allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
