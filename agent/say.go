package agent

import (
	"context"
	"crypto/rand"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// maxSayings bounds what waits to be said.
const maxSayings = 64

// Ask says something for the user, in writing. It returns once the conversation holds
// that, and the answer fills as it comes. The errors are those of
// [realtime.Session.Request] and ErrEnded.
func (c *Conversation) Ask(ctx context.Context, text string) (*Answer, error) {
	item := api.UserText(text)
	id := "user_" + rand.Text()[:24]
	item.ID = &id
	a := newAnswer()
	c.mu.Lock()
	if c.finished {
		defer c.mu.Unlock()
		return nil, c.ended()
	}
	put(&c.inputs, id, &input{text, a})
	c.mu.Unlock()
	if err := c.create(ctx, item); err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.inputs, id)
		if c.finished {
			err = c.ended()
		}
		return nil, err
	}
	return a, nil
}

// Say has the agent say text, word for word as far as the model obeys, when nothing else
// is being said or waits to be. It returns when that was heard. ErrCut is returned when
// it was interrupted, ErrUnanswered when the service did not say it, ErrTooMuch when 64
// sayings wait, ErrEnded at the end of the conversation. The first two and the last wrap the
// cause, if the service or the session has told one. If the context ends first and nothing of the text was
// asked for, it is not said.
func (c *Conversation) Say(ctx context.Context, text string) error {
	s := &sentence{text: text, exact: true, awaited: true}
	id, err := c.enqueue(s)
	if err != nil {
		return err
	}
	select {
	case how := <-s.outcome:
		return s.err(how)
	case <-c.over:
		select {
		case how := <-s.outcome:
			return s.err(how)
		default:
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.ended()
		}
	case <-ctx.Done():
		c.happen(arbiter.Unwanted{Saying: id})
		return ctxerr.Of(ctx)
	}
}

// err returns the error of an outcome.
func (s *sentence) err(how arbiter.Outcome) error {
	switch how {
	case arbiter.Said:
		return nil
	case arbiter.GivenUp:
		return because(ErrUnanswered, s.cause)
	default:
		return because(ErrCut, s.cause)
	}
}

// enqueue has a sentence said, if there is room.
func (c *Conversation) enqueue(s *sentence) (id string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.finished:
		return "", c.ended()
	case len(c.sayings) >= maxSayings:
		return "", ErrTooMuch
	}
	return c.want(s, ""), nil
}

// Nudge has the model speak without the user, with instructions for this once in
// addition to its own. It returns at once, with the answer to come; the context is not
// used beyond that. Its errors are those of [Conversation.Say].
func (c *Conversation) Nudge(ctx context.Context, instructions string) (*Answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, ctxerr.Of(ctx)
	}
	a := newAnswer()
	if _, err := c.enqueue(&sentence{text: instructions, answer: a}); err != nil {
		return nil, err
	}
	return a, nil
}

// Tell adds what the model should know, and asks for no answer. It returns once the
// conversation holds it. The errors are those of [realtime.Session.Request].
func (c *Conversation) Tell(ctx context.Context, text string) error {
	item := api.SystemText(text)
	item.ID = new("note_" + rand.Text()[:24])
	return c.create(ctx, item)
}

// Interrupt stops what is being said, as the user's voice does. On a line it returns once
// the server knows what was heard; its errors are those of [voice.Bridge.Interrupt]. Outputs of
// tools, and late results of those with Pending, wait for the next turn of the user, or the next
// thing that the program has the agent say.
func (c *Conversation) Interrupt(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return ctxerr.Of(ctx)
	}
	c.mu.Lock()
	if c.finished {
		defer c.mu.Unlock()
		return c.ended()
	}
	c.step(arbiter.Interrupted{})
	c.mu.Unlock()
	return c.silence(ctx)
}

// Refresh asks the agent that speaks for its instructions and its tools again, and
// returns once the server has them. The errors are those of [Start].
func (c *Conversation) Refresh(ctx context.Context) error { return c.become(ctx, c.Agent()) }
