package agent

import (
	"context"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// handlers are those of all conversations, by name: a closure for each name would be several
// KB of every conversation.
var handlers = byName(speechHandlers(), itemHandlers(), responseHandlers(), callHandlers(), remoteHandlers(), besideHandlers(), outageHandlers())

func byName(lists ...[]handler) map[string]handler {
	all := map[string]handler{}
	for _, list := range lists {
		for _, h := range list {
			all[h.name] = h
		}
	}
	return all
}

// register registers the handlers of the conversation.
func (c *Conversation) register(m *realtime.Mux) {
	handle := c.handle // Made once.
	for name := range handlers {
		m.Handle(name, handle)
	}
	m.OnServerError(func(context.Context, *realtime.Session, *realtime.ServerError) error { return nil })
}

func (c *Conversation) handle(_ context.Context, s *realtime.Session, e api.ServerEvent) error {
	if h, ok := handlers[api.CanonicalServerEventType(e.EventType())]; ok {
		h.handle(c, s, e)
	}
	return nil
}
