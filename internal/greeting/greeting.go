// Package greeting waits for the first sign of whether a server accepts a session. An
// open WebSocket proves nothing of key and model: most servers refuse both afterwards.
package greeting

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

// Greeting is what the opening of one session waits for. Its methods may run on any
// goroutine, and Wait on one.
type Greeting struct {
	// state is set once; the caller that sets it sets refusal and closes done.
	state   atomic.Int32
	refusal Refusal       // read after done
	done    chan struct{} // nil once waited for

	came atomic.Pointer[string] // the type of the first event that was no greeting; nil before
}

// Refusal is the server's error that refuses a session.
type Refusal interface {
	error
	// ClosedBy adds the close that followed, which may be nil.
	ClosedBy(e *socket.CloseError) error
}

const (
	stateWaiting int32 = iota
	stateReady
	stateRefused
	stateOver
)

// Init makes the greeting ready for use.
func (g *Greeting) Init() { g.done = make(chan struct{}) }

func (g *Greeting) set(state int32, err Refusal) {
	if g.state.CompareAndSwap(stateWaiting, state) {
		g.refusal = err
		close(g.done)
	}
}

// Ready notes that the server accepts the session.
func (g *Greeting) Ready() { g.set(stateReady, nil) }

// Refused notes that the server refuses the session.
func (g *Greeting) Refused(err Refusal) { g.set(stateRefused, err) }

// Over notes that the connection has ended.
func (g *Greeting) Over() { g.set(stateOver, nil) }

// Saw notes an event that came instead of a greeting.
func (g *Greeting) Saw(e interface{ EventType() string }) {
	if g.state.Load() == stateWaiting && g.came.Load() == nil {
		name := e.EventType()
		g.came.Store(&name)
	}
}

// IsReady reports whether the server has accepted the session.
func (g *Greeting) IsReady() bool { return g.state.Load() == stateReady }

// errorGrace is how long Wait waits for the close that follows an error.
const errorGrace = 2 * time.Second

// Wait returns once the session is usable. Otherwise it closes the connection and
// returns the reason. It waits for limit at most; 0 is no limit.
func (g *Greeting) Wait(ctx context.Context, c *link.Conn, limit time.Duration) error {
	var late <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-g.done:
	case <-ctx.Done():
		return g.giveUp(c, ctxerr.Of(ctx))
	case <-late:
		return g.giveUp(c, fmt.Errorf("no greeting within %v: %w", limit, context.DeadlineExceeded))
	}
	g.done = nil // Only Wait reads it, and the rest stays for the session's life.
	switch g.state.Load() {
	case stateReady:
		return nil
	case stateRefused:
		return g.refused(ctx, c)
	default:
		<-c.Done()
		_ = c.Close(link.CodeNormal, "")
		return c.Ending().Refusal
	}
}

// refused returns the refusal with the close that follows it, which shows its kind.
func (g *Greeting) refused(ctx context.Context, c *link.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, errorGrace)
	defer cancel()
	var closed *socket.CloseError
	select {
	case <-c.Done():
		closed = c.Ending().Peer()
	case <-ctx.Done():
	}
	_ = c.Close(link.CodeNormal, "")
	return g.refusal.ClosedBy(closed)
}

// giveUp closes a connection without a greeting and returns the reason, with what came
// instead.
func (g *Greeting) giveUp(c *link.Conn, reason error) error {
	if came := g.came.Load(); came != nil {
		reason = fmt.Errorf("%s came instead of session.created: %w", eventName(*came), reason)
	}
	err := &socket.TransportError{Op: "dial", Err: reason}
	if l := c.Current(); l != nil {
		c.Fail(l, err)
	}
	_ = c.Close(link.CodeNormal, "")
	g.done = nil
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

// Greets reports whether an event shows that the server accepts the session. It is
// session.created; transcription_session.created and conversation.created are what some
// servers send instead of it.
func Greets(e api.ServerEvent) bool {
	switch e := e.(type) {
	case *api.SessionCreated, *api.ConversationCreated:
		return true
	case *api.UnknownServerEvent:
		return e.Type == "transcription_session.created"
	default:
		return false
	}
}
