package agent

import (
	"context"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// onCall registers the handlers for a session beside a call, whose sound the server plays:
// it tells when that begins and ends, and which keys the caller presses.
func (c *Conversation) onCall(m *realtime.Mux) {
	realtime.On(m, func(_ context.Context, s *realtime.Session, e *api.InputAudioBufferDTMFEventReceived) error {
		if s == c.Session() {
			for _, key := range e.Event {
				c.pressed(key, 0)
			}
		}
		return nil
	})
	on(c, m, func(e *api.OutputAudioBufferStarted) {
		if r := c.replies[e.ResponseID]; r != nil && c.bridge == nil {
			c.audible[e.ResponseID] = r
		}
	})
	on(c, m, func(e *api.OutputAudioBufferStopped) { c.played(e.ResponseID, arbiter.Said) })
	on(c, m, func(e *api.OutputAudioBufferCleared) { c.played(e.ResponseID, arbiter.Cut) })
}

// played notes that the server has played what a response says, or has cleared the rest.
func (c *Conversation) played(response string, how arbiter.Outcome) {
	r := c.audible[response]
	if r == nil || c.bridge != nil {
		return
	}
	delete(c.audible, response)
	if how == arbiter.Cut {
		c.leaving = false // The user has interrupted the goodbye.
	}
	c.outcomeOf(r.sentence, how)
	c.leave()
}
