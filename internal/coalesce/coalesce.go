// Package coalesce has timers that are due at about the same time run at the same time: to wake
// an idle process takes longer than what most timers are for.
package coalesce

import "time"

// Sooner returns a time to wait, at most d and more than d-slack. What waits for it ends together
// with all that wait with the same slack and may end then.
func Sooner(d, slack time.Duration) time.Duration {
	if slack <= 0 {
		return d
	}
	// A clock before 1970, or beyond 2262, has a negative rest.
	return d - max(time.Duration(time.Now().Add(d).UnixNano())%slack, 0)
}
