package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// tagKey is the metadata member that carries the tag of a request for a response.
const tagKey = "agent_request"

// do carries out what the arbiter says. The lock is held.
func (c *Conversation) do(x arbiter.Action) {
	switch x := x.(type) {
	case arbiter.Run:
		if w := c.works[x.Call]; w.remote {
			c.runRemote(w)
		} else {
			go c.run(w)
		}
	case arbiter.Write:
		switch w := c.works[x.Call]; {
		case w == nil:
		case !w.remote:
			c.write(w, x)
		case x.Pair:
			c.retell(w)
		}
	case arbiter.Ask:
		c.ask(x)
	case arbiter.Cancel:
		_ = c.send(&api.ResponseCancel{ResponseID: &x.Response})
	case arbiter.Over:
		if s := c.sayings[x.Saying]; s != nil {
			delete(c.sayings, x.Saying)
			c.saidOver(s, x.How, x.Err)
		}
	case arbiter.Report:
		c.report(x)
	}
}

// saidOver ends the waits for a sentence with its outcome, and why it was given up.
func (c *Conversation) saidOver(s *sentence, how arbiter.Outcome, why error) {
	if how == arbiter.Said && c.sounds(s) {
		s.said = true // The outcome follows once it was heard.
		return
	}
	err := because(ErrUnanswered, why)
	if how == arbiter.GivenUp {
		c.log.Warn("agent saying has no response", "error", err)
		if s.answer == nil && !s.awaited { // No call returns it.
			c.warn(err)
		}
		if x := s.exchange; x != nil && !x.asked {
			x.fault = err
		}
	}
	s.cause = why
	s.outcome <- how
	if how == arbiter.Cut {
		err = because(ErrCut, why)
	}
	if s.answer != nil && (s.exchange == nil || how == arbiter.GivenUp) { // No response to it has begun, or been whole.
		s.answer.end(nil, err)
	}
}

func (c *Conversation) report(x arbiter.Report) {
	switch x.Lost {
	case arbiter.OutputLost:
		if w := c.works[x.ID]; w != nil {
			c.failed(w, because(ErrOutputLost, x.Err))
		}
	case arbiter.CallUnanswered:
		if w := c.works[x.ID]; w != nil {
			if w.exchange != nil {
				w.exchange.fault = because(ErrUnanswered, x.Err)
			}
			c.failed(w, because(ErrNoFollowUp, x.Err))
		}
	case arbiter.TurnStopped:
		if x := c.asking(x.ID); x != nil {
			x.turn.Cut = true
		}
	case arbiter.CallStopped:
		if w := c.works[x.ID]; w != nil && w.exchange != nil && !w.exchange.over {
			w.exchange.turn.Cut = true
		}
	case arbiter.TurnLost, arbiter.TurnUnanswered:
		lost := x.Lost == arbiter.TurnLost
		if lost {
			x.Err = errNotHeld
		}
		err := because(ErrUnanswered, x.Err)
		if asked := c.asking(x.ID); asked != nil {
			asked.fault = err
		}
		c.log.Warn("agent turn has no answer", "item_id", x.ID, "lost", lost, "error", err)
		c.warn(fmt.Errorf("%w (item %s)", err, x.ID))
	}
}

// ask asks for a response.
func (c *Conversation) ask(x arbiter.Ask) {
	p := &api.ResponseParams{Metadata: api.Value(api.Metadata{tagKey: x.Tag})}
	s := c.sayings[x.Saying]
	switch {
	case s != nil && s.exact:
		p.Instructions = new("Say the following word for word, in one go, and nothing else:\n\n" + s.text)
		p.ToolChoice = api.ToolChoiceNone
	case s != nil:
		p.Instructions = new(c.said + "\n\n" + s.text)
	case x.Withdrawn:
		p.Instructions = new(c.said + "\n\nYour last function call was withdrawn before it had a result. Answer without it, and do not repeat it.")
	}
	maps.DeleteFunc(c.tags, func(tag string, _ *sentence) bool { return !c.arbiter.Awaits(tag) })
	put(&c.tags, x.Tag, s)
	if err := c.send(&api.ResponseCreate{EventID: &x.Tag, Response: p}); err != nil {
		c.tasks.Go(func() { c.happen(arbiter.Refused{Tag: x.Tag, Failure: arbiter.Failure{Err: err}}) })
	}
}

// write creates the output of a call in the conversation.
func (c *Conversation) write(w *work, x arbiter.Write) {
	w.output = outputID(w.ID)
	output := api.FunctionOutput(w.ID, w.forConversation())
	output.ID = new(w.output)
	if x.Short {
		output.Output = errorOutput("the output was refused")
	}
	var pair *api.FunctionCall
	if x.Pair {
		pair = &api.FunctionCall{CallID: w.ID, Name: w.Tool, Arguments: string(w.Arguments)}
		if w.item != "" {
			pair.ID = new(w.item)
		}
	}
	s := c.session
	w.writing = true
	c.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(c.life, writeWithin)
		defer cancel()
		var err error
		if pair != nil {
			_, err = s.Request(ctx, &api.ConversationItemCreate{Item: pair})
		}
		if err == nil || exists(err) {
			_, err = s.Request(ctx, &api.ConversationItemCreate{Item: output})
		}
		c.written(w, err)
	})
}

// written notes the outcome of a write. A confirmation is an event, whose place among
// the others counts.
func (c *Conversation) written(w *work, err error) {
	refused, ok := errors.AsType[*realtime.ServerError](err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.writing = false; !ok || c.finished {
		return
	}
	if !exists(err) {
		c.log.Warn("agent output refused", "call_id", w.ID, "function", w.Tool, "type", refused.Detail.Type, "code", refused.Code())
		c.warn(&CallError{CallID: w.ID, Name: w.Tool, Err: err})
	}
	c.step(arbiter.OutputRefused{Call: w.ID, Exists: exists(err), Err: err})
}
