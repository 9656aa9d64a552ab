package realtime

import (
	"context"
	"sync/atomic"
	"time"

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

// isReady reports whether the server has accepted the session.
func (r *readiness) isReady() bool { return r.state.Load() == stateReady }

// errorGrace is how long Connect waits for the close that follows an error.
const errorGrace = 2 * time.Second

// wait returns once the session is usable. Otherwise it closes the connection and
// returns the reason.
func (r *readiness) wait(ctx context.Context, c *link.Conn) error {
	select {
	case <-r.done:
	case <-ctx.Done():
		if l := c.Current(); l != nil {
			c.Fail(l, ctxerr.Of(ctx))
		}
		_ = c.Close(link.CodeNormal, "")
		return &socket.TransportError{Op: "dial", Err: ctxerr.Of(ctx)}
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
