package voice

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// Hear waits for sound that the caller has heard and that no call of Hear has returned
// yet: up to 20 ms, without silence between sounds, in the line's output format. at is
// when its first sample was heard. After the end of the line it returns the rest and then
// [io.EOF]; when ctx ends, its error. One goroutine calls Hear.
func (l *SimLine) Hear(ctx context.Context) (sound []byte, at time.Time, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, time.Time{}, ctxerr.Of(ctx)
		}
		l.mu.Lock()
		sound, at, wait := l.ear.next(time.Now())
		over := l.over || !l.out.Valid()
		l.mu.Unlock()
		switch {
		case sound != nil:
			return sound, at, nil
		case over:
			return nil, time.Time{}, io.EOF
		}
		var due <-chan time.Time
		if wait > 0 {
			due = time.After(wait)
		}
		select {
		case <-due:
		case <-l.played:
		case <-l.ended:
		case <-ctx.Done():
		}
	}
}

// next returns up to 20 ms of sound that was heard, and when it began; without any, how
// long it takes until there is some, 0 if nothing plays. Sound of less than 20 ms is
// returned where a run ends.
func (e *simEar) next(now time.Time) (sound []byte, at time.Time, wait time.Duration) {
	frame, heard := e.format.Bytes(frameTime), e.heard(now)
	run, end := e.runOf(e.returnedTo, heard)
	n := min(end-e.returnedTo, frame)
	over := end < heard || !e.until.After(now) // The run has ended.
	if n > 0 && (n == frame || over) {
		at = run.begin.Add(e.format.Duration(e.returnedTo - run.from))
		sound = slices.Clone(e.all[e.returnedTo : e.returnedTo+n])
		e.returnedTo += n
		return sound, at, 0
	}
	if !e.until.After(now) {
		return nil, time.Time{}, 0
	}
	rest := min(frame, len(e.all)-e.returnedTo)
	due := run.begin.Add(e.format.Duration(e.returnedTo + rest - run.from))
	return nil, time.Time{}, max(due.Sub(now), time.Nanosecond)
}

// runOf returns the run that holds the byte at that place, and where its heard sound ends.
func (e *simEar) runOf(place, heard int) (run simRun, end int) {
	end = heard
	for _, r := range slices.Backward(e.runs) {
		if r.from <= place {
			return r, end
		}
		end = min(end, r.from)
	}
	return simRun{}, end
}
