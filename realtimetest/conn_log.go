package realtimetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrEnded is returned when a connection or a call ends before the expected event.
var ErrEnded = errors.New("realtimetest: the connection has ended")

// frameLog records the frames of a connection and how it closed. Its methods may
// be called from any goroutine.
type frameLog struct {
	// Set once before the session starts.
	clock   Clock
	started time.Time
	discard bool
	budget  *logBudget    // Not nil unless discard is set.
	observe func(Entry)   // May be nil.
	done    chan struct{} // Closed when the session has ended.

	mu             sync.Mutex
	entries        []Entry       // Guarded by mu. Elements never change.
	forgotten      int           // Guarded by mu. Entries that were removed from the front.
	dead           int           // Guarded by mu. Those of them that the array of entries may still hold.
	grown          chan struct{} // Guarded by mu. Closed and replaced when entries grows.
	client, server closeFrame    // Guarded by mu. How each side closed.
}

// closeFrame is the content of a close frame. A zero code means that there was none.
type closeFrame struct {
	code   int
	reason string
}

// enabled reports whether record does anything.
func (l *frameLog) enabled() bool { return !l.discard || l.observe != nil }

// record adds a frame. It keeps data.
func (l *frameLog) record(d Direction, wireName string, data []byte) {
	if !l.enabled() {
		return
	}
	e := Entry{At: l.clock.Now().Sub(l.started), Direction: d, Type: wireName, Data: data}
	if l.observe != nil {
		l.observe(e)
	}
	if l.discard {
		return
	}
	l.add(e)
	l.budget.add(l, recordBytes+len(e.Data))
}

func (l *frameLog) add(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	close(l.grown)
	l.grown = make(chan struct{})
}

// forget removes the oldest frame.
func (l *frameLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = l.entries[1:]
	l.forgotten++
	// Readers share the array, so it is replaced and not cleared.
	if l.dead++; l.dead > len(l.entries) {
		l.entries, l.dead = slices.Clone(l.entries), 0
	}
}

// all returns the frames so far that are not forgotten, and the number of those that
// are.
func (l *frameLog) all() (entries []Entry, forgotten int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clip(l.entries), l.forgotten
}

// wait returns the first frame that matches, and waits for it if necessary.
func (l *frameLog) wait(ctx context.Context, match func(Entry) bool) (Entry, error) {
	for seen := 0; ; {
		l.mu.Lock()
		entries, first, grown := l.entries, l.forgotten, l.grown
		l.mu.Unlock()
		for seen = max(seen, first); seen < first+len(entries); seen++ {
			if match(entries[seen-first]) {
				return entries[seen-first], nil
			}
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return Entry{}, ctx.Err()
		case <-l.done:
			if entries, forgotten := l.all(); seen == forgotten+len(entries) {
				return Entry{}, ErrEnded
			}
		}
	}
}

// closedByServer records the close frame that the server sends.
func (l *frameLog) closedByServer(code int, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.server = closeFrame{code, reason}
}

// closedByClient records how the client closed. The first call counts.
func (l *frameLog) closedByClient(code int, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client.code == 0 {
		l.client = closeFrame{code, reason}
	}
}

// closes returns how each side closed.
func (l *frameLog) closes() (client, server closeFrame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.client, l.server
}
