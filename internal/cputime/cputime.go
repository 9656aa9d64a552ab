// Package cputime measures processor time, for tests that compare the cost of two
// functions on a busy machine.
package cputime

import "time"

// Of returns the processor time that the process uses while f runs, including the
// garbage collector and other goroutines. On systems other than Linux it returns the
// elapsed time.
func Of(f func()) time.Duration {
	start := now()
	f()
	return max(now()-start, 1)
}
