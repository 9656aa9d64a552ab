package cputime

import (
	"runtime"
	"runtime/debug"
	"time"
)

const (
	// turn is the minimum duration of one measurement.
	turn = 4 * time.Millisecond
	// least and most bound the number of turns of each function.
	least, most = 5, 60
)

// Ratio returns the processor time of f divided by that of g. It alternates turns of
// both and compares the fastest turn of each, because other load only adds time. It
// stops early once the ratio is at most enough. It turns the garbage collector off
// meanwhile, so tests that call it must not run in parallel with others.
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

// calls returns the number of calls of f that fill a turn.
func calls(f func()) int {
	for n := 1; ; n *= 2 {
		if measure(f, n)*float64(n) >= float64(turn) {
			return n
		}
	}
}

// measure returns the mean processor time of n calls of f in nanoseconds.
func measure(f func(), n int) float64 {
	runtime.GC()
	took := Of(func() {
		for range n {
			f()
		}
	})
	return float64(took) / float64(n)
}

// Allocated returns the number of bytes that the process allocates on the heap while f
// runs.
func Allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
