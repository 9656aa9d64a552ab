package realtime

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
)

// What follows is the part of a session that knows no events; its methods are
// those of Session and TranslationSession alike.

// Flush waits until the send queue has been written, or reports what ended
// the session before. What an outage took counts as written where the session
// goes on: [Reconnected] tells of it.
func (e *engine) Flush(ctx context.Context) error { return e.flush(ctx) }

// Close ends the session: it writes what was accepted, says goodbye, waits for
// the answer, and releases everything, all within Options.CloseTimeout. Recv
// then returns what had arrived, and [io.EOF]. Close returns an [*UnsentError]
// when accepted events could not be written. It may be called from anywhere,
// any number of times, but not by a hook.
func (e *engine) Close() error { return e.closeWith(closeNormal, "OK") }

// CloseWith is Close with a code and a reason for the server. The reason is
// cut to the 123 bytes that a frame can hold. A code that must not be sent is
// an error and leaves the session open.
func (e *engine) CloseWith(code int, reason string) error { return e.closeWith(code, reason) }

// Done returns a channel that is closed when the session has ended. With
// [OverflowBlock] and a full queue that is found out by writing alone, or by who
// receives.
func (e *engine) Done() <-chan struct{} { return e.done }

// Err returns nil while the session lives, [io.EOF] after an end in good
// order, and the cause otherwise.
func (e *engine) Err() error {
	if end := e.ended.Load(); end != nil {
		return end.received
	}
	return nil
}

// CloseStatus returns how the session ended, with code and reason and who
// closed; nil while it lives.
func (e *engine) CloseStatus() *CloseError {
	end := e.ended.Load()
	if end == nil {
		return nil
	}
	c := *end.status
	return &c
}

// URL returns the address of the connection, without secrets.
func (e *engine) URL() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.url
}

// RequestID returns the server's name for the connection, for its support.
func (e *engine) RequestID() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.id
}

// Format prints the session as its address.
func (e *engine) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "realtime.Session(%s)", e.URL()) }

// LogValue logs the session as its address.
func (e *engine) LogValue() slog.Value { return slog.StringValue(e.URL()) }

func (e *engine) setConnection(u *url.URL, t transport) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.url, e.id = redactURL(u), t.requestID()
}

// malformed tells of a frame that was no event, by its size alone.
func (e *engine) malformed(data []byte, err error) {
	e.log.Warn("realtime malformed frame", "bytes", len(data), "error", err)
	if e.o.Hooks.Malformed != nil {
		e.o.Hooks.Malformed(len(data))
	}
}
