package realtimetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/realtimetest/internal/journal"
)

// ErrEnded is returned when a connection or a call ends before the expected event.
var ErrEnded = errors.New("realtimetest: the connection has ended")

// frameLog records the frames of a connection and how it closed. Its methods may
// be called from any goroutine.
type frameLog struct {
	// Set once before the session starts.
	clock   Clock
	started time.Time
	frames  *journal.Log[Entry] // Nil without a log.
	observe func(Entry)         // May be nil.
	done    chan struct{}       // Closed when the session has ended.

	mu             sync.Mutex
	client, server closeFrame // Guarded by mu. How each side closed.
}

// closeFrame is the content of a close frame. A zero code means that there was none.
type closeFrame struct {
	code   int
	reason string
}

// enabled reports whether record does anything.
func (l *frameLog) enabled() bool { return l.frames != nil || l.observe != nil }

// record adds a frame. It keeps data.
func (l *frameLog) record(d Direction, wireName string, data []byte) {
	if !l.enabled() {
		return
	}
	e := Entry{At: l.clock.Now().Sub(l.started), Direction: d, Type: wireName, Data: data}
	if l.observe != nil {
		l.observe(e)
	}
	if l.frames != nil {
		l.frames.Add(e, len(data))
	}
}

// all returns the frames so far that are not forgotten, and the number of those that
// are.
func (l *frameLog) all() (entries []Entry, forgotten int) {
	if l.frames == nil {
		return nil, 0
	}
	return l.frames.All()
}

// wait returns the first frame that matches, and waits for it if necessary.
func (l *frameLog) wait(ctx context.Context, match func(Entry) bool) (Entry, error) {
	if l.frames == nil {
		select {
		case <-l.done:
			return Entry{}, ErrEnded
		case <-ctx.Done():
			return Entry{}, ctx.Err()
		}
	}
	e, ok, err := l.frames.Wait(ctx, l.done, match)
	if err == nil && !ok {
		err = ErrEnded
	}
	return e, err
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
