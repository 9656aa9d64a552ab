// Package cputime measures work on machines that are busy with other things, for
// tests that compare one piece of work with another.
package cputime

import "time"

// Of returns what f takes of the processor's time, with whatever else the program
// does meanwhile: the collector, and other goroutines. Where the system does not
// tell (anywhere but on Linux), it is the time that passes.
func Of(f func()) time.Duration {
	start := now()
	f()
	return max(now()-start, 1)
}
