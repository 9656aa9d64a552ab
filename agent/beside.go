package agent

import (
	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// besideHandlers are for a session beside a call, whose sound the server plays: it tells when
// that begins and ends, and which keys the caller presses.
func besideHandlers() []handler {
	return []handler{
		{Name: new(api.InputAudioBufferDTMFEventReceived).EventType(), Value: (*Conversation).dtmf},
		on(func(c *Conversation, e *api.OutputAudioBufferStarted) {
			if r := c.replies[e.ResponseID]; r != nil && c.bridge == nil {
				put(&c.audible, e.ResponseID, r)
			}
		}),
		on(func(c *Conversation, e *api.OutputAudioBufferStopped) { c.played(e.ResponseID, arbiter.Said) }),
		on(func(c *Conversation, e *api.OutputAudioBufferCleared) { c.played(e.ResponseID, arbiter.Cut) }),
	}
}

// dtmf takes the keys of a call, without the lock.
func (c *Conversation) dtmf(s *realtime.Session, e api.ServerEvent) {
	if e, ok := e.(*api.InputAudioBufferDTMFEventReceived); ok && s == c.Session() {
		for _, key := range e.Event {
			c.pressed(key, 0)
		}
	}
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
