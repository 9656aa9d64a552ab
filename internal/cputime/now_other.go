//go:build !unix

package cputime

import "time"

var start = time.Now()

// now returns the time on the wall, where there is no better one.
func now() time.Duration { return time.Since(start) }
