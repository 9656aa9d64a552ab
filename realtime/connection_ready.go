package realtime

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/socket"
)

// readiness is what Connect waits for: the first sign of whether the server
// accepts the session. An open WebSocket proves nothing of key and model.
type readiness struct {
	// state is set once; the caller that sets it sets server and closes done.
	state  atomic.Int32
	server *ServerError  // why the server refused; read after done
	done   chan struct{} // nil once waited for

	came atomic.Pointer[string] // the type of the first event that was no greeting; nil before
}

const (
	stateWaiting int32 = iota
	stateReady
	stateRefused
	stateOver
)

func (r *readiness) set(state int32, err *ServerError) {
	if r.state.CompareAndSwap(stateWaiting, state) {
		r.server = err
		close(r.done)
	}
}

func (r *readiness) ready()                   { r.set(stateReady, nil) }
func (r *readiness) refused(err *ServerError) { r.set(stateRefused, err) }
func (r *readiness) over()                    { r.set(stateOver, nil) }

// saw notes an event that came instead of a greeting.
func (r *readiness) saw(e interface{ EventType() string }) {
	if r.state.Load() == stateWaiting && r.came.Load() == nil {
		name := e.EventType()
		r.came.Store(&name)
	}
}

// isReady reports whether the server has accepted the session.
func (r *readiness) isReady() bool { return r.state.Load() == stateReady }

// errorGrace is how long Connect waits for the close that follows an error.
const errorGrace = 2 * time.Second

// wait returns once the session is usable. Otherwise it closes the connection and
// returns the reason. It waits for limit at most; 0 is no limit.
func (r *readiness) wait(ctx context.Context, c *link.Conn, limit time.Duration) error {
	var late <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return r.giveUp(c, ctxerr.Of(ctx))
	case <-late:
		return r.giveUp(c, fmt.Errorf("no greeting within %v: %w", limit, context.DeadlineExceeded))
	}
	r.done = nil // Only Connect waits, and the rest stays for the session's life.
	switch r.state.Load() {
	case stateReady:
		return nil
	case stateRefused:
		// The close that follows shows the kind of refusal.
		ctx, cancel := context.WithTimeout(ctx, errorGrace)
		defer cancel()
		select {
		case <-c.Done():
			r.server.Close = c.Ending().Peer()
		case <-ctx.Done():
		}
		_ = c.Close(link.CodeNormal, "")
		return r.server
	default:
		<-c.Done()
		_ = c.Close(link.CodeNormal, "")
		return c.Ending().Refusal
	}
}

// giveUp closes a connection without a greeting and returns the reason, with what came
// instead.
func (r *readiness) giveUp(c *link.Conn, reason error) error {
	if came := r.came.Load(); came != nil {
		reason = fmt.Errorf("%s came instead of session.created: %w", eventName(*came), reason)
	}
	err := &socket.TransportError{Op: "dial", Err: reason}
	if l := c.Current(); l != nil {
		c.Fail(l, err)
	}
	_ = c.Close(link.CodeNormal, "")
	r.done = nil
	return err
}

// eventName returns the type of an event for an error text, which must not repeat
// anything else that a server sends.
func eventName(eventType string) string {
	strange := func(c rune) bool { return (c < 'a' || c > 'z') && c != '.' && c != '_' }
	if eventType == "" || len(eventType) > 64 || strings.ContainsFunc(eventType, strange) {
		return "an unknown event"
	}
	return eventType
}

// greets reports whether an event shows that the server accepts the session. It is
// session.created; transcription_session.created and conversation.created are what some
// servers send instead of it.
func greets(e api.ServerEvent) bool {
	switch e := e.(type) {
	case *api.SessionCreated, *api.ConversationCreated:
		return true
	case *api.UnknownServerEvent:
		return e.Type == "transcription_session.created"
	default:
		return false
	}
}
