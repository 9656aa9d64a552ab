package journal

import (
	"context"
	"slices"
	"sync"
)

// Log holds records in order, without the oldest ones that its budget has made it
// forget. Its methods may be called from any goroutine.
type Log[E any] struct {
	budget *Budget // Set once.

	mu        sync.Mutex
	entries   []E           // Guarded by mu. Elements never change.
	forgotten int           // Guarded by mu. Entries that were removed from the front.
	dead      int           // Guarded by mu. Those of them that the array of entries may still hold.
	grown     chan struct{} // Guarded by mu. Closed and replaced when entries grows.
}

// NewLog returns an empty log.
func NewLog[E any](budget *Budget) *Log[E] {
	return &Log[E]{budget: budget, grown: make(chan struct{})}
}

// Add adds a record with size bytes of content.
func (l *Log[E]) Add(e E, size int) {
	l.append(e)
	l.budget.Add(l, RecordBytes+size)
}

func (l *Log[E]) append(e E) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	close(l.grown)
	l.grown = make(chan struct{})
}

// Forget removes the oldest record.
func (l *Log[E]) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = l.entries[1:]
	l.forgotten++
	// Readers share the array, so it is replaced and not cleared.
	if l.dead++; l.dead > len(l.entries) {
		l.entries, l.dead = slices.Clone(l.entries), 0
	}
}

// All returns the records that are not forgotten, and the number of those that are. The
// elements must not be changed.
func (l *Log[E]) All() (entries []E, forgotten int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clip(l.entries), l.forgotten
}

// Wait returns the first record that matches, and waits for it if necessary. ok is false
// if done is closed without one.
func (l *Log[E]) Wait(ctx context.Context, done <-chan struct{}, match func(E) bool) (e E, ok bool, err error) {
	for seen := 0; ; {
		l.mu.Lock()
		entries, first, grown := l.entries, l.forgotten, l.grown
		l.mu.Unlock()
		for seen = max(seen, first); seen < first+len(entries); seen++ {
			if match(entries[seen-first]) {
				return entries[seen-first], true, nil
			}
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return e, false, ctx.Err()
		case <-done:
			if entries, forgotten := l.All(); seen == forgotten+len(entries) {
				return e, false, nil
			}
		}
	}
}
