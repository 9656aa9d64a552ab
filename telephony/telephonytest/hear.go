package telephonytest

import (
	"context"
	"io"
	"slices"
	"time"
)

// hearing is how often Hear looks for sound.
const hearing = 20 * time.Millisecond

// Hear waits for sound that the caller has heard and that no call of Hear has returned
// yet: some 20 ms, without the silence between sounds, in the format of what the caller
// hears. at is when its first sample was heard. After the end of the call it returns the
// rest and then [io.EOF]; when ctx ends, its error. One goroutine calls Hear.
func (c *Call) Hear(ctx context.Context) (sound []byte, at time.Time, err error) {
	for {
		if ctx.Err() != nil {
			return nil, time.Time{}, context.Cause(ctx)
		}
		c.mu.Lock()
		sound, at = c.ear.take(time.Now(), c.out.Bytes(hearing))
		over := c.over
		c.mu.Unlock()
		switch {
		case sound != nil:
			return sound, at, nil
		case over:
			return nil, time.Time{}, io.EOF
		}
		select {
		case <-time.After(hearing):
		case <-c.ended:
		case <-ctx.Done():
		}
	}
}

// take returns the next sound that was heard and not taken, of one run and no more than
// most, and when it began; nil if there is none.
func (e *ear) take(now time.Time, most int) (sound []byte, at time.Time) {
	end := e.heard(now)
	for _, r := range slices.Backward(e.runs) {
		if r.from > e.taken {
			end = min(end, r.from)
			continue
		}
		if end = min(end, e.taken+most); end <= e.taken {
			return nil, time.Time{}
		}
		at = r.begin.Add(e.format.Duration(e.taken - r.from))
		sound = slices.Clone(e.all[e.taken:end])
		e.taken = end
		return sound, at
	}
	return nil, time.Time{}
}
