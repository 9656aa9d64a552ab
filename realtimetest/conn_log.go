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
	observe func(Entry)   // May be nil.
	done    chan struct{} // Closed when the session has ended.

	mu             sync.Mutex
	entries        []Entry       // Guarded by mu. Elements never change.
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
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	close(l.grown)
	l.grown = make(chan struct{})
}

// all returns the frames so far.
func (l *frameLog) all() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clip(l.entries)
}

// wait returns the first frame that matches, and waits for it if necessary.
func (l *frameLog) wait(ctx context.Context, match func(Entry) bool) (Entry, error) {
	for seen := 0; ; {
		l.mu.Lock()
		entries, grown := l.entries, l.grown
		l.mu.Unlock()
		for ; seen < len(entries); seen++ {
			if match(entries[seen]) {
				return entries[seen], nil
			}
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return Entry{}, ctx.Err()
		case <-l.done:
			if seen == len(l.all()) {
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
