package realtimetest

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
	"github.com/voicelane/realtime-go/realtimetest/internal/rawconn"
)

// Conn is the server's side of one connection. It gives access to the log of all
// frames and can send, close, cut and stall. All methods may be called from any
// goroutine, also after the connection has ended.
type Conn struct {
	// Set once before the session starts.
	id         string
	query      url.Values
	header     http.Header
	credential Credential
	log        *frameLog
	raw        *rawconn.Conn
	out        *sender // Of the session's goroutine; use do.
	frames     *loop.Queue[frame]
}

// frame is an input of the session's loop: a frame of the client, or a function
// that another goroutine wants to run there.
type frame struct {
	kind int
	data []byte
	do   func()
}

// ID returns the session's id, which session.created carries.
func (c *Conn) ID() string { return c.id }

// Query returns the query of the URL that the client dialed.
func (c *Conn) Query() url.Values { return c.query }

// Header returns the header of the client's handshake without its credentials, which
// [Conn.Credential] has.
func (c *Conn) Header() http.Header { return c.header }

// Credential returns the client's credential.
func (c *Conn) Credential() Credential { return c.credential }

// Done returns a channel that is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.log.done }

// Closed returns the code and reason with which the client has closed, and false
// while it has not. A broken connection has code 1006.
func (c *Conn) Closed() (code int, reason string, ok bool) {
	client, _ := c.log.closes()
	return client.code, client.reason, client.code != 0
}

// Log returns the frames so far, in the order in which the server handled them. The
// oldest are left out if they exceed [Config.LogBytes].
func (c *Conn) Log() []Entry {
	entries, _ := c.log.all()
	return entries
}

// Types returns the wire names of the frames of one direction, in order. Repeated
// names count once, so that the number of deltas has no effect.
func (c *Conn) Types(d Direction) []string {
	var types []string
	for _, e := range c.Log() {
		if e.Direction == d && (len(types) == 0 || types[len(types)-1] != e.Type) {
			types = append(types, e.Type)
		}
	}
	return types
}

// WaitFor returns the first frame, past or future, for which match returns true.
// [ErrEnded] is returned when the connection ends without one.
func (c *Conn) WaitFor(ctx context.Context, match func(Entry) bool) (Entry, error) {
	return c.log.wait(ctx, match)
}

// Send sends an event outside of the script. An empty event id is filled in. Send
// returns before the event is on the wire.
func (c *Conn) Send(e api.ServerEvent) { c.do(func() { c.out.emitForeign(e) }) }

// SendRaw sends a text frame that need not be an event or JSON.
func (c *Conn) SendRaw(data []byte) {
	data = append([]byte(nil), data...)
	c.do(func() { c.out.sendRaw(data) })
}

// Close closes the connection with a code and a reason. The reason is cut to the
// 123 bytes that a close frame holds. Code 0 does what Drop does; codes that an
// endpoint must not send are sent nevertheless. A client that does not read within
// [Config.WriteTimeout] does not get the close frame.
func (c *Conn) Close(code int, reason string) {
	c.raw.Interrupt()
	c.do(func() { c.out.close(code, reason) })
}

// Drop closes the connection without a close frame.
func (c *Conn) Drop() { c.Close(0, "") }

// Stall handles and writes no frame for a time, pongs included. A negative time has
// no end.
func (c *Conn) Stall(d time.Duration) { c.do(func() { c.raw.Stall(d) }) }

// Cut closes the connection in the middle of a frame.
func (c *Conn) Cut() {
	c.raw.Interrupt()
	c.do(c.out.cut)
}

// release frees what the session no longer needs, since the log keeps the connection.
func (c *Conn) release() {
	c.frames.Discard()
	c.out.buf, c.out.delayed = nil, nil
}

// do runs f on the session's goroutine, unless the session has ended.
func (c *Conn) do(f func()) { c.frames.Push(frame{do: f}) }

// end ends the session because the server closes. It does not wait for a client
// that does not read.
func (c *Conn) end() {
	c.raw.Expire(rawconn.CloseGrace)
	c.raw.Interrupt()
	c.do(func() { c.out.closeWithin(rawconn.CloseGrace, websocket.CloseGoingAway, "the server is closed") })
}

// read queues the client's frames until the connection ends. It runs on a
// goroutine of its own.
func (c *Conn) read() {
	receive := func(kind int, data []byte) { c.frames.PushSized(frame{kind: kind, data: data}, len(data)) }
	c.raw.Read(receive, func(code int, reason string) {
		c.log.closedByClient(code, reason)
		c.frames.Close()
	})
}
