package realtimetest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
)

// ErrEnded says that a connection has ended before what was asked of it could
// happen.
var ErrEnded = errors.New("realtimetest: the connection has ended")

// Conn is the server's side of one connection: what came, what went, and a
// hand on it. All methods may be called from any goroutine, also after the
// connection has ended.
type Conn struct {
	id         string
	query      url.Values
	header     http.Header
	credential Credential
	started    time.Time
	clock      Clock
	discard    bool
	observe    func(*Conn, Entry)
	ws         *websocket.Conn
	frames     *loop.Queue[frame] // What the session has to handle.
	done       chan struct{}
	gone       chan struct{} // Closed when nothing is read any more.
	stalled    atomic.Bool
	hurry      chan struct{} // Closed when this side is to end.
	once       sync.Once     // For hurry.
	faults     faults

	mu     sync.Mutex
	log    []Entry
	grown  chan struct{} // Closed and replaced when log grows.
	code   int           // The client's close code.
	reason string

	closed    int // The server's close code.
	closedFor string
}

// Direction says which side sent a frame.
type Direction string

// The two directions.
const (
	Received Direction = "received" // From the client.
	Sent     Direction = "sent"     // By the server.
)

// Entry is one text frame of a connection.
type Entry struct {
	// At is the time since the connection opened, on the server's clock.
	At        time.Duration
	Direction Direction
	// Type is the event's wire name, empty if it has none.
	Type string
	// Data is the frame as it was on the wire. It is not to be changed.
	Data json.RawMessage
}

// ClientEvent decodes a received frame.
func (e Entry) ClientEvent() (api.ClientEvent, error) { return api.DecodeClientEvent(e.Data) }

// ServerEvent decodes a sent frame.
func (e Entry) ServerEvent() (api.ServerEvent, error) { return api.DecodeServerEvent(e.Data) }

func newConn(s *Server, ws *websocket.Conn, r *http.Request, id string) *Conn {
	return &Conn{
		id:         id,
		query:      r.URL.Query(),
		header:     r.Header.Clone(),
		credential: credentialOf(r),
		started:    s.cfg.Clock.Now(),
		clock:      s.cfg.Clock,
		discard:    s.cfg.DiscardLog,
		observe:    s.cfg.Observe,
		ws:         ws,
		frames:     loop.NewQueue[frame](),
		done:       make(chan struct{}),
		gone:       make(chan struct{}),
		hurry:      make(chan struct{}),
		grown:      make(chan struct{}),
	}
}

// ID returns the session's id, which session.created told the client.
func (c *Conn) ID() string { return c.id }

// Query returns the query of the URL that the client dialed.
func (c *Conn) Query() url.Values { return c.query }

// Header returns the header of the client's handshake, credentials included.
func (c *Conn) Header() http.Header { return c.header }

// Credential returns what the client presented.
func (c *Conn) Credential() Credential { return c.credential }

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Closed returns the code and reason with which the client closed, and false
// as long as it has not. A connection that broke has code 1006.
func (c *Conn) Closed() (code int, reason string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code, c.reason, c.code != 0
}

// Log returns the frames so far, in the order in which the server handled
// them.
func (c *Conn) Log() []Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clip(c.log)
}

// Types returns the wire names of the frames of one direction, in order. Runs
// of one name are told once, so that the number of deltas does not matter.
func (c *Conn) Types(d Direction) []string {
	var types []string
	for _, e := range c.Log() {
		if e.Direction == d && (len(types) == 0 || types[len(types)-1] != e.Type) {
			types = append(types, e.Type)
		}
	}
	return types
}

// WaitFor returns the first frame for which match says true, among those that
// have been and those to come. It returns [ErrEnded] when the connection ends
// without it.
func (c *Conn) WaitFor(ctx context.Context, match func(Entry) bool) (Entry, error) {
	for seen := 0; ; {
		c.mu.Lock()
		log, grown := c.log, c.grown
		c.mu.Unlock()
		for ; seen < len(log); seen++ {
			if match(log[seen]) {
				return log[seen], nil
			}
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return Entry{}, ctx.Err()
		case <-c.done:
			if seen == len(c.Log()) {
				return Entry{}, ErrEnded
			}
		}
	}
}

// Is returns a condition for [Conn.WaitFor]: a frame of this direction and wire
// name.
func Is(d Direction, wireName string) func(Entry) bool {
	return func(e Entry) bool { return e.Direction == d && e.Type == wireName }
}

// Send sends an event outside of the script. An empty event id is filled in.
// It does not wait until the event is on the wire.
func (c *Conn) Send(e api.ServerEvent) { c.do(func(s *session) { s.emitForeign(e) }) }

// SendRaw sends a text frame that need not be an event, nor JSON.
func (c *Conn) SendRaw(data []byte) {
	data = append([]byte(nil), data...)
	c.do(func(s *session) { s.sendRaw(data) })
}

// Close closes the connection with a code and a reason, which is cut to the 123
// bytes that a close frame holds. Code 0 cuts the connection, as Drop does; codes that
// an endpoint must not send are sent for all that. A client that does not read within
// [Config.WriteTimeout] does not hear of it.
func (c *Conn) Close(code int, reason string) {
	c.interrupt()
	c.do(func(s *session) { s.close(code, reason) })
}

// Drop cuts the connection without a close frame.
func (c *Conn) Drop() {
	c.interrupt()
	c.do(func(s *session) { s.close(0, "") })
}

// do runs f on the session's goroutine.
func (c *Conn) do(f func(*session)) { c.frames.Push(frame{command: f}) }

// end asks the session to end because the server closes. A client that does
// not read is not waited for.
func (c *Conn) end() {
	_ = c.ws.NetConn().SetWriteDeadline(time.Now().Add(closeGrace))
	c.interrupt()
	c.do(func(s *session) { s.closeWithin(closeGrace, websocket.CloseGoingAway, "the server is closed") })
}

func (c *Conn) record(d Direction, wireName string, data []byte) {
	if c.discard && c.observe == nil {
		return
	}
	e := Entry{At: c.clock.Now().Sub(c.started), Direction: d, Type: wireName, Data: data}
	if c.observe != nil {
		c.observe(c, e)
	}
	if c.discard {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = append(c.log, e)
	close(c.grown)
	c.grown = make(chan struct{})
}

// closing notes with what the server closes.
func (c *Conn) closing(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed, c.closedFor = code, reason
}

func (c *Conn) closedBy(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == 0 {
		c.code, c.reason = code, reason
	}
}
