package realtime

import (
	"context"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// opening is what Connect waits for: the first sign of whether the server
// accepts the session. An open socket alone says nothing of key and model.
type opening struct {
	done chan struct{} // closed at the first of the three below; nil once waited for

	mu     sync.Mutex
	state  openState
	server *ServerError
}

type openState int

const (
	openWaiting openState = iota
	openCreated
	openRefused
	openOver
)

func (o *opening) set(state openState, err *ServerError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state == openWaiting {
		o.state, o.server = state, err
		close(o.done)
	}
}

func (o *opening) created()                 { o.set(openCreated, nil) }
func (o *opening) refused(err *ServerError) { o.set(openRefused, err) }
func (o *opening) over()                    { o.set(openOver, nil) }

// wait returns once the session is usable, or closes it and says why not.
func (o *opening) wait(ctx context.Context, e *engine) error {
	select {
	case <-o.done:
	case <-ctx.Done():
		if t := e.current(); t != nil {
			e.fail(t, ctxerr.Of(ctx))
		}
		_ = e.closeWith(closeNormal, "")
		return &TransportError{Op: "dial", Err: ctxerr.Of(ctx)}
	}
	o.mu.Lock()
	state, refusal := o.state, o.server
	o.done = nil // Connect alone waits, and this is kept for the session's life.
	o.mu.Unlock()
	switch state {
	case openCreated:
		return nil
	case openRefused:
		// The close that follows tells the kind of refusal.
		ctx, cancel := context.WithTimeout(ctx, errorGrace)
		defer cancel()
		select {
		case <-e.done:
			refusal.Close = e.ended.Load().peer()
		case <-ctx.Done():
		}
		_ = e.closeWith(closeNormal, "")
		return refusal
	default:
		<-e.done
		_ = e.closeWith(closeNormal, "")
		return e.ended.Load().refusal
	}
}

// errorGrace is how long Connect waits for the close that follows an error.
const errorGrace = 2 * time.Second

func (o *opening) isCreated() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.state == openCreated
}
