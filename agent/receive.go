package agent

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// speechHandlers follow what the user says.
func speechHandlers() []handler {
	return []handler{
		on(func(c *Conversation, _ *api.InputAudioBufferSpeechStarted) { c.step(arbiter.SpeechStarted{}) }),
		on(func(c *Conversation, _ *api.InputAudioBufferSpeechStopped) {
			c.stopped = time.Now().Add(-c.pause)
			c.step(arbiter.SpeechStopped{})
		}),
		on(func(c *Conversation, _ *api.InputAudioBufferCleared) { c.step(arbiter.SpeechStopped{}) }),
		on(func(c *Conversation, e *api.InputAudioBufferCommitted) {
			x := c.input(e.ItemID)
			if !c.stopped.IsZero() {
				x.since, c.stopped = c.stopped, time.Time{}
			}
			if c.transcribes() {
				x.unwritten[e.ItemID] = true
			}
			c.step(arbiter.Turn{ID: e.ItemID, Spoken: true})
		}),
		on(func(c *Conversation, e *api.ConversationItemInputAudioTranscriptionCompleted) {
			c.words(e.ItemID, e.Transcript)
		}),
		on(func(c *Conversation, e *api.ConversationItemInputAudioTranscriptionFailed) { c.words(e.ItemID, "") }),
	}
}

// words notes the transcript of an item of the user.
func (c *Conversation) words(item, text string) {
	for _, x := range []*exchange{c.now, c.next, c.past} {
		if x != nil && x.unwritten[item] {
			x.wrote(text)
			x.transcribed(item)
			break
		}
	}
	if text != "" {
		c.events.Put(&UserSaid{text})
	}
}

func (c *Conversation) transcribes() bool {
	s, ok := c.session.Current().(*api.RealtimeSession)
	if !ok || s.Audio == nil || s.Audio.Input == nil {
		return false
	}
	_, on := s.Audio.Input.Transcription.Get()
	return on
}

// itemHandlers follow the items of the conversation.
func itemHandlers() []handler {
	return []handler{
		on(func(c *Conversation, e *api.ConversationItemAdded) { c.added(e.Item) }),
		on(func(c *Conversation, e *api.ConversationItemCreated) { c.added(e.Item) }),
		on(func(c *Conversation, e *api.ConversationItemDone) {
			f, ok := e.Item.(*api.FunctionCall)
			by, made := c.making[api.ItemID(e.Item)]
			if c.added(e.Item); ok && made && whole(f) {
				c.called(workOf(f, by.response))
			}
			c.remote(e.Item, "", finished(e.Item))
		}),
		on(func(c *Conversation, e *api.ConversationItemRetrieved) { c.remote(e.Item, "", finished(e.Item)) }),
		on(func(*Conversation, *api.ConversationItemTruncated) {}),
		on(func(c *Conversation, e *api.ConversationItemDeleted) {
			for _, w := range c.order {
				if w.item != "" && w.item == e.ItemID {
					c.step(arbiter.CallDeleted{Call: w.ID})
				}
				w.deleted = w.deleted || e.ItemID != "" && (w.item == e.ItemID || w.output == e.ItemID)
			}
			c.step(arbiter.TurnDeleted{ID: e.ItemID})
		}),
	}
}

// added notes an item that the conversation holds.
func (c *Conversation) added(item api.Item) {
	switch item := item.(type) {
	case *api.FunctionCallOutput:
		c.step(arbiter.Confirmed{Call: item.CallID})
	case *api.UserMessage:
		c.confirmed(api.ItemID(item))
	case *api.SystemMessage:
		c.heardLate(api.ItemID(item))
	case *api.MCPCall:
		c.approved(item)
	default:
	}
}

// responseHandlers follow the responses.
func responseHandlers() []handler {
	return []handler{
		on(func(c *Conversation, e *api.ResponseCreated) { c.created(&e.Response) }),
		on(func(c *Conversation, e *api.ResponseOutputTextDelta) { c.wrote(e.ResponseID, e.Delta) }),
		on(func(c *Conversation, e *api.ResponseOutputAudioTranscriptDelta) { c.wrote(e.ResponseID, e.Delta) }),
		on(func(c *Conversation, e *api.ResponseDone) { c.done(&e.Response) }),
		on(func(c *Conversation, e *api.ErrorEvent) { c.refused(realtime.NewServerError(e)) }),
	}
}

// created notes the begin of a response.
func (c *Conversation) created(e *api.Response) {
	metadata, _ := e.Metadata.Get()
	tag := metadata[tagKey]
	_, ours := c.tags[tag]
	if tag != "" && ours && !c.echoes {
		c.echoes = true
		c.configure()
	}
	beside := e.ConversationID.IsNull()
	c.step(arbiter.Created{Response: e.ID, Tag: tag, Beside: beside})
	if beside || c.arbiter.Active() != e.ID {
		return
	}
	var s *sentence
	if saying, asked := c.arbiter.Saying(); asked {
		s = c.sayings[saying]
	}
	r := &reply{exchange: c.begin(s), sentence: s}
	put(&c.replies, e.ID, r)
	if c.bridge == nil {
		return
	}
	c.speaks(e.ID, r)
	if c.arbiter.Stopping() { // It is cancelled as it begins, and its sound may arrive before that.
		c.tasks.Go(func() {
			if err := c.silence(c.life); err != nil && c.life.Err() == nil {
				c.warn(err)
			}
		})
	}
}

// wrote adds a piece of text to a response.
func (c *Conversation) wrote(response, piece string) {
	if r := c.replies[response]; r != nil {
		c.add(r, piece)
	}
}

// done notes the end of a response. Calls that only it shows are run.
func (c *Conversation) done(e *api.Response) {
	r := c.replies[e.ID]
	if r == nil && c.resumed && !e.ConversationID.IsNull() && c.arbiter.Active() == "" {
		c.step(arbiter.Created{Response: e.ID}) // It began in another process.
	}
	c.resumed = false
	if r != nil {
		for _, item := range e.Output {
			c.remote(item, e.ID, e.Status == api.ResponseStatusCompleted || finished(item))
			if f, ok := item.(*api.FunctionCall); ok && f != nil && whole(f) && (f.Status != nil || e.Status == api.ResponseStatusCompleted) {
				c.called(workOf(f, e.ID))
			}
		}
		if e.Status == api.ResponseStatusCompleted {
			c.callKnown(e.ID)
		}
		if e.Status != api.ResponseStatusCompleted {
			c.dropRemote(func(w *work) bool { return w.response == e.ID && !w.undecided })
		}
		r.exchange.count(e.Usage)
		if (e.Status == api.ResponseStatusCancelled || c.arbiter.Stopping()) && !r.exchange.over {
			r.exchange.turn.Cut = true
		}
		c.look(r.exchange, 0, true)
	}
	c.forget(e.ID)
	why := failure(e)
	c.step(arbiter.Done{Response: e.ID, End: ending(e), Failure: arbiter.Failure{Err: why, Final: isFinal(why)}})
}

// callKnown runs the calls of a response that are known by their arguments alone.
func (c *Conversation) callKnown(response string) {
	for _, w := range c.pending {
		if w.response == response {
			c.called(w)
		}
	}
}

// ending returns how a response has ended.
func ending(e *api.Response) arbiter.Ending {
	switch e.Status {
	case api.ResponseStatusFailed:
		return arbiter.Failed
	case api.ResponseStatusCancelled:
		details, _ := e.StatusDetails.Get()
		switch {
		case details.Reason == nil:
			return arbiter.Cancelled
		case *details.Reason == api.ResponseStatusReasonTurnDetected:
			return arbiter.CancelledByVoice
		default:
			return arbiter.CancelledByClient
		}
	default:
		return arbiter.Completed
	}
}

// refused notes an error of the server.
func (c *Conversation) refused(err *realtime.ServerError) {
	tag, active := err.EventID(), err.Code() == realtime.CodeResponseActive
	_, ours := c.tags[tag]
	if !ours && tag != "" || tag == "" && !active {
		return
	}
	if delete(c.tags, tag); !active {
		c.log.Warn("agent response refused", "type", err.Detail.Type, "code", err.Code())
		c.warn(err)
	}
	c.step(arbiter.Refused{Tag: tag, Active: active, Failure: arbiter.Failure{Err: err, Final: isFinal(err)}})
}

// callHandlers follow the calls of functions.
func callHandlers() []handler {
	return []handler{
		on(func(c *Conversation, e *api.ResponseOutputItemAdded) {
			if f, ok := e.Item.(*api.FunctionCall); ok && f != nil && c.replies[e.ResponseID] != nil {
				put(&c.making, api.ItemID(f), maker{e.ResponseID, f.Name})
			}
			if c.replies[e.ResponseID] != nil {
				c.remote(e.Item, e.ResponseID, false)
			}
		}),
		on(func(c *Conversation, e *api.ResponseOutputItemDone) {
			if f, ok := e.Item.(*api.FunctionCall); ok && f != nil && whole(f) && c.replies[e.ResponseID] != nil {
				c.called(workOf(f, e.ResponseID))
			}
			if c.replies[e.ResponseID] != nil {
				c.remote(e.Item, e.ResponseID, finished(e.Item))
			}
		}),
		on(func(c *Conversation, e *api.ResponseFunctionCallArgumentsDone) {
			if c.replies[e.ResponseID] == nil || c.works[e.CallID] != nil {
				return
			}
			w := &work{response: e.ResponseID, item: e.ItemID}
			w.ID, w.Tool, w.Arguments = e.CallID, cmp.Or(e.Name, c.making[e.ItemID].name), json.RawMessage(e.Arguments)
			c.pending = append(slices.DeleteFunc(c.pending, func(o *work) bool { return o.ID == w.ID }), w)
		}),
	}
}

// whole reports whether the arguments of a call are complete.
func whole(f *api.FunctionCall) bool {
	return f.CallID != "" && (f.Status == nil || *f.Status == api.ItemStatusCompleted)
}

func workOf(f *api.FunctionCall, response string) *work {
	w := &work{response: response, item: api.ItemID(f)}
	w.ID, w.Tool, w.Arguments = f.CallID, f.Name, json.RawMessage(f.Arguments)
	return w
}
