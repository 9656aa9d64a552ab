package agent

import (
	"context"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/byname"
	"github.com/voicelane/realtime-go/realtime"
)

// handlers are those of all conversations, by name: a closure for each name would be several
// KB of every conversation.
var handlers = byname.Table(speechHandlers(), itemHandlers(), responseHandlers(), callHandlers(), remoteHandlers(), besideHandlers(), outageHandlers())

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
		h(c, s, e)
	}
	return nil
}
