package agent

import (
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/byname"
	"github.com/voicelane/realtime-go/realtime"
)

// handler handles the events of one name for any conversation.
type handler = byname.Entry[func(c *Conversation, s *realtime.Session, e api.ServerEvent)]

// on returns a handler that runs under the lock.
func on[T any, E interface {
	*T
	api.ServerEvent
}](f func(c *Conversation, e E),
) handler {
	return handler{Name: E(new(T)).EventType(), Value: func(c *Conversation, s *realtime.Session, e api.ServerEvent) {
		own, ok := e.(E)
		if !ok {
			return // A wire name does not prove a type.
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if s == c.session && !c.finished {
			c.follow()
			f(c, own)
		}
	}}
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

// follows returns what has a token once the history has changed.
func (c *Conversation) follows() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.following == nil {
		c.following = make(chan struct{}, 1)
	}
	return c.following
}

// forget drops what is known of a response.
func (c *Conversation) forget(response string) {
	delete(c.replies, response)
	for id, by := range c.making {
		if by.response == response {
			delete(c.making, id)
		}
	}
	c.pending = slices.DeleteFunc(c.pending, func(w *work) bool { return w.response == response })
}
