package talk

import (
	"context"
	"errors"
	"time"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// mux returns the handlers that follow the conversation piece by piece.
func (c *Conversation) mux() *realtime.Mux {
	m := realtime.NewMux()
	on(m, func(*api.InputAudioBufferSpeechStarted) { c.spoken(Listening) })
	on(m, func(*api.InputAudioBufferSpeechStopped) { c.spoken(Thinking) })
	on(m, func(e *api.InputAudioBufferCommitted) { c.captions.user(e.ItemID, "") })
	on(m, func(e *api.ConversationItemInputAudioTranscriptionDelta) { c.captions.user(e.ItemID, e.Delta) })
	on(m, func(e *api.ConversationItemInputAudioTranscriptionCompleted) {
		c.captions.userDone(e.ItemID, e.Transcript)
	})
	on(m, func(e *api.ConversationItemInputAudioTranscriptionFailed) {
		c.captions.userDone(e.ItemID, "(not understood)")
	})
	on(m, func(e *api.ResponseCreated) { c.begun(e.Response.ID) })
	on(m, func(e *api.ResponseOutputAudioTranscriptDelta) { c.captions.made(e.ResponseID, e.Delta) })
	on(m, func(e *api.ResponseOutputAudioDone) { c.captions.complete(e.ResponseID) })
	on(m, func(*realtime.Reconnecting) {
		c.follow("")
		c.show(Connecting, "The connection was lost.", "It is being restored: wait a moment.")
	})
	on(m, func(*realtime.Reconnected) { c.show(Listening, "The connection was restored.", "") })
	realtime.OnAudio(m, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioDelta) error {
		c.sounds(e.ResponseID, format.Duration(len(e.Delta)))
		return nil
	})
	return m
}

// on registers a handler that cannot fail.
func on[T any, E interface {
	*T
	api.ServerEvent
}](m *realtime.Mux, h func(E)) {
	realtime.On(m, func(_ context.Context, _ *realtime.Session, e E) error {
		h(e)
		return nil
	})
}

// spoken shows a state in which the last answer does not matter any more.
func (c *Conversation) spoken(s State) {
	c.follow("")
	c.show(s, "", "")
}

// begun shows that a response has begun.
func (c *Conversation) begun(response string) {
	c.follow(response)
	c.show(Thinking, "", "")
}

// follow sets the response whose end is shown, "" for none.
func (c *Conversation) follow(response string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = response
}

// sounds shows that the model speaks, unless its response is not the last one.
func (c *Conversation) sounds(response string, sound time.Duration) {
	c.mu.Lock()
	last := c.answer == response
	c.mu.Unlock()
	if last {
		c.captions.received(response, sound)
		c.show(Speaking, "", "")
	}
}

// over shows a turn that is over. The turn may be known to be over after the next one has
// begun, whose state is then left.
func (c *Conversation) over(t *agent.Turn) {
	c.captions.over(t)
	n := len(t.Utterances)
	if n == 0 {
		return
	}
	last := &t.Utterances[n-1]
	c.mu.Lock()
	latest := last.ResponseID == c.answer
	if latest {
		c.answer = ""
	}
	c.mu.Unlock()
	if !latest {
		return
	}
	c.show(Listening, "", "")
	if last.Status == api.ResponseStatusFailed {
		c.note("The model could not answer. Say it again.")
	}
}

func (c *Conversation) event(e agent.Event) {
	switch e := e.(type) {
	case *agent.Called:
		c.page.Tool(e.Call.ID, e.Call.Tool, string(e.Call.Arguments), "")
	case *agent.Returned:
		result := e.Call.Output
		if e.Call.Err != nil {
			result = e.Call.Err.Error()
		}
		c.page.Tool(e.Call.ID, e.Call.Tool, string(e.Call.Arguments), result)
	case *agent.Warning:
		if refused, ok := errors.AsType[*realtime.ServerError](e.Err); ok {
			c.note(refused.Error())
		}
	default: // Turns have the rest.
	}
}
