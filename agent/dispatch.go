package agent

import (
	"context"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// on registers a handler that runs under the lock.
func on[T any, E interface {
	*T
	api.ServerEvent
}](c *Conversation, m *realtime.Mux, f func(e E)) {
	realtime.On(m, func(_ context.Context, s *realtime.Session, e E) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if s == c.session && !c.finished {
			c.follow()
			f(e)
		}
		return nil
	})
}

// follow notes the version of the history that an event has led to. Events of every type
// that changes the history have a handler.
func (c *Conversation) follow() {
	_, c.followed = c.history.Version()
	select {
	case c.following <- struct{}{}:
	default:
	}
}

// forget drops what is known of a response.
func (c *Conversation) forget(response string) {
	delete(c.replies, response)
	for id, by := range c.making {
		if by.response == response {
			delete(c.making, id)
		}
	}
	for id, w := range c.pending {
		if w.response == response {
			delete(c.pending, id)
		}
	}
}
