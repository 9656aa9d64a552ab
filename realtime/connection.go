package realtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/address"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/sessionlog"
	"github.com/voicelane/realtime-go/internal/text"
	"github.com/voicelane/realtime-go/socket"
)

// connection is the part of a session that knows no events. Every kind of session
// embeds it, so that its exported methods are the session's.
type connection struct {
	conn link.Conn
	o    *options     // set once
	log  *slog.Logger // set once

	at   atomic.Pointer[linkInfo] // of the current link or of the last one; nil before the first
	life atomic.Pointer[life]     // nil until Context is called
}

// life is a context that ends with the session.
type life struct {
	ctx context.Context //nolint:containedctx // It is the session's own, not a caller's.
	end context.CancelFunc
}

// linkInfo is where a link leads to.
type linkInfo struct {
	url       string // without secrets
	requestID string
	secrets   *text.Secrets // that the peer may repeat
}

// Flush waits until every event accepted before the call is written. It returns
// what ended the session before. Events that an outage took count as written where
// the session goes on: [Reconnected] names them.
func (c *connection) Flush(ctx context.Context) error { return c.conn.Flush(ctx) }

// Close ends the session: it writes what was accepted, sends a close frame, waits
// for the answer, and releases everything, all within Options.CloseTimeout. Recv
// then returns what had arrived, and [io.EOF]. Close returns a
// [*socket.UnsentError] when accepted events could not be written. It may be called
// from anywhere, any number of times, but not by a [Tap].
func (c *connection) Close() error { return c.conn.Close(link.CodeNormal, "OK") }

// CloseWith is Close with a code and a reason for the server. The reason is cut to
// the 123 bytes that a frame can hold. A code that must not be sent is an error and
// leaves the session open.
func (c *connection) CloseWith(code int, reason string) error { return c.conn.Close(code, reason) }

// Abort ends the session at once: what was accepted is not written, no close frame is
// sent and no answer awaited, and the events that had arrived can still be received.
// Recv, pending requests, streams and later sends then return the cause, or
// [socket.ErrAborted] if it is nil. Abort releases everything before it returns, which
// the server cannot delay. It may be called from anywhere but a [Tap], any number of
// times: beside Close, which then ends at once, and after an end, which it does not
// change. The error is a [*socket.UnsentError] when accepted events were not written.
func (c *connection) Abort(cause error) error { return c.conn.Abort(cause) }

// Done returns a channel that is closed when the session has ended. With
// [socket.OverflowBlock] and a full queue, a lost connection is noticed only by a
// failed write or once events are received again.
func (c *connection) Done() <-chan struct{} { return c.conn.Done() }

// Context returns a context that ends with the session: for [context.AfterFunc], and as
// the parent of what must not outlive the session. It has no deadline and no values.
func (c *connection) Context() context.Context {
	if l := c.life.Load(); l != nil {
		return l.ctx
	}
	ctx, cancel := context.WithCancel(context.Background())
	if !c.life.CompareAndSwap(nil, &life{ctx, cancel}) {
		cancel()
		return c.life.Load().ctx
	}
	if c.conn.Ending() != nil { // over may have come before the store.
		cancel()
	}
	return ctx
}

// Logger returns the logger of the session, for what runs on its behalf. It is never
// nil.
func (c *connection) Logger() *slog.Logger { return c.log }

// Err returns nil while the session lives, [io.EOF] after an end in good order, and
// the cause otherwise.
func (c *connection) Err() error {
	if end := c.conn.Ending(); end != nil {
		return end.Received
	}
	return nil
}

// CloseStatus returns how the session ended, with code and reason and which side
// closed; nil while it lives.
func (c *connection) CloseStatus() *socket.CloseError {
	end := c.conn.Ending()
	if end == nil {
		return nil
	}
	status := *end.Status
	return &status
}

// URL returns the address of the connection, without secrets.
func (c *connection) URL() string {
	if at := c.at.Load(); at != nil {
		return at.url
	}
	return ""
}

// RequestID returns the server's name for the connection, for its support.
func (c *connection) RequestID() string {
	if at := c.at.Load(); at != nil {
		return at.requestID
	}
	return ""
}

// Format prints the session as its address.
func (c *connection) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "realtime.Session(%s)", c.URL()) }

// LogValue logs the session as its address.
func (c *connection) LogValue() slog.Value { return slog.StringValue(c.URL()) }

// init makes a connection ready for its owner.
func (c *connection) init(o *options, log *slog.Logger, owner link.Owner, in link.Receiver, watch link.Watcher) {
	c.o, c.log = o, log
	if n, ok := owner.(interface{ sessionID() string }); ok {
		c.log = sessionlog.Named(log, n.sessionID)
	}
	c.conn.Init(owner, in, &o.link, watch)
}

// moved notes the address of a new link.
func (c *connection) moved(u *url.URL, l link.Link) {
	c.at.Store(&linkInfo{url: address.Redact(u), requestID: l.RequestID(), secrets: l.Secrets()})
}

// secrets returns what no text of the session may repeat.
func (c *connection) secrets() *text.Secrets {
	if at := c.at.Load(); at != nil {
		return at.secrets
	}
	return nil
}

// malformed logs a frame that was no event by its size alone, and passes it to the
// taps.
func (c *connection) malformed(data []byte, err error) {
	if e, ok := errors.AsType[*api.DecodeError](err); ok {
		e.EventType, e.Path = c.secrets().Scrub(e.EventType), c.secrets().Scrub(e.Path)
	}
	c.log.Warn("realtime malformed frame", "bytes", len(data), "error", err)
	c.o.taps.received(nil, err, data)
}

// over logs the end, passes it to the taps and ends the context. It runs before anything
// that waits for the end returns.
func (c *connection) over(end *link.Ending) {
	c.log.Info("realtime session ended",
		"code", end.Status.Code, "local", end.Status.Local, "clean", end.Clean())
	c.o.taps.ended(end.Received)
	if l := c.life.Load(); l != nil {
		l.end()
	}
}
