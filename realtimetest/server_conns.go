package realtimetest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/realtimetest/internal/journal"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/rawconn"
)

// connList holds the connections of a server. Its methods may be called from any
// goroutine.
type connList struct {
	budget  *journal.Budget // Set once.
	changed sync.Cond       // On mu. Signals a change of conns or closed.

	// Guarded by mu.
	mu       sync.Mutex
	conns    []*Conn
	accepted int // How many of conns Accept has returned.
	sessions int // Number of the latest session.
	closed   bool
}

// add makes the connection of a handshake. It ends at once if the list is closed.
func (l *connList) add(cfg *Config, ws *websocket.Conn, r *http.Request, faults faultState) *Conn {
	l.mu.Lock()
	l.sessions++
	c := newConn(cfg, ws, r, fmt.Sprintf("sess_%04d", l.sessions), faults)
	if !cfg.DiscardLog {
		c.log.frames = journal.NewLog[Entry](l.budget)
	}
	l.conns = append(l.conns, c)
	closed := l.closed
	l.mu.Unlock()
	l.changed.Broadcast()
	if closed {
		c.end()
	}
	return c
}

func newConn(cfg *Config, ws *websocket.Conn, r *http.Request, id string, faults faultState) *Conn {
	c := &Conn{
		id:         id,
		query:      r.URL.Query(),
		header:     protocol.WithoutCredentials(r.Header, protocolKey),
		credential: credentialOf(r),
		log: &frameLog{
			clock: cfg.Clock, started: cfg.Clock.Now(), done: make(chan struct{}),
		},
		raw:    rawconn.New(ws, cfg.Clock, cfg.WriteTimeout),
		frames: loop.NewQueue[frame](),
	}
	if cfg.Observe != nil {
		c.log.observe = func(e Entry) { cfg.Observe(c, e) }
	}
	c.out = &sender{
		idMaker: newIDMaker(id), raw: c.raw, log: c.log, logger: cfg.Logger, faults: faults, like: cfg.Like,
		writeTimeout: cfg.WriteTimeout,
	}
	return c
}

// ended counts a connection that has ended. It stays in the list as long as the log
// has room.
func (l *connList) ended(cfg *Config, c *Conn) {
	if cfg.DiscardLog {
		l.remove(c)
		return
	}
	l.budget.Add(endedConn{l, c}, connBytes)
}

// connBytes is the memory of an ended connection beside its frames.
const connBytes = 16 << 10

// endedConn is the record of a connection that has ended.
type endedConn struct {
	list *connList
	conn *Conn
}

func (e endedConn) Forget() { e.list.remove(e.conn) }

// remove removes a connection that has ended.
func (l *connList) remove(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.conns, c)
	l.conns = slices.Delete(l.conns, i, i+1)
	if i < l.accepted {
		l.accepted--
	}
}

// all returns the connections in the list.
func (l *connList) all() []*Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.conns)
}

// accept returns the next connection, and waits for it if necessary.
func (l *connList) accept(ctx context.Context) (*Conn, error) {
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.changed.Broadcast()
	})
	defer stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.accepted == len(l.conns) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if l.closed {
			return nil, errors.New("realtimetest: the server is closed")
		}
		l.changed.Wait()
	}
	l.accepted++
	return l.conns[l.accepted-1], nil
}

// close ends all connections, also those that are added later.
func (l *connList) close() {
	l.mu.Lock()
	l.closed = true
	conns := slices.Clone(l.conns)
	l.mu.Unlock()
	l.changed.Broadcast()
	for _, c := range conns {
		c.end()
	}
}
