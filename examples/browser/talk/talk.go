// Package talk runs the conversation of the page: an agent on the page's microphone and
// loudspeaker. It does not depend on a browser, so it can be tested without one.
package talk

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

// Conversation is one conversation. Hold must be called once, and the other methods at any
// time, from any goroutine.
type Conversation struct {
	page     Page
	line     *line
	captions *captions
	ready    chan struct{} // closed once the agent can be spoken to; conv is set before

	conv *agent.Conversation

	mu      sync.Mutex // guards the fields below, and the order of what is shown
	state   State
	answer  string // the last response, "" once the user has said more
	written int    // the number of things that the user has written
}

// New returns a conversation that is shown on page.
func New(page Page) *Conversation {
	words := newCaptions(page)
	return &Conversation{page: page, line: newLine(page, words), captions: words, ready: make(chan struct{})}
}

// Ready returns a channel that is closed when the agent can be spoken to.
func (c *Conversation) Ready() <-chan struct{} { return c.ready }

// Hear takes 24 kHz PCM16 audio of the microphone. It does not block.
func (c *Conversation) Hear(sound []byte) { c.line.hear(sound) }

// Played takes how many bytes the user has heard since a [Page.Clear]. Generation 0 is the
// time before the first one.
func (c *Conversation) Played(generation, bytes int) { c.line.heard(generation, bytes) }

// Hold connects and runs the conversation until ctx or the session ends. It returns nil
// if the end was requested.
func (c *Conversation) Hold(ctx context.Context, client *realtime.Client, model string) error {
	c.show(Connecting, "", "")
	err := c.hold(ctx, client, model)
	if ctx.Err() != nil {
		err = nil
	}
	_ = c.line.HangUp(ctx) // It never fails.
	if err != nil {
		p := explain(err)
		c.show(Failed, p.Text, p.Advice)
		return err
	}
	c.show(Over, "", "")
	return nil
}

func (c *Conversation) hold(ctx context.Context, client *realtime.Client, model string) error {
	s, err := client.Connect(ctx, realtime.Model(model), &realtime.Options{Reconnect: &realtime.Reconnect{}})
	if err != nil {
		return err
	}
	conv, err := agent.Start(ctx, s, guide(), &agent.Options{
		Line: c.line, Bridge: &voice.BridgeOptions{Mux: c.mux()},
	})
	if err != nil {
		return err
	}
	c.conv = conv
	var watching sync.WaitGroup
	defer watching.Wait()
	defer func() { _ = conv.Close() }()
	// The last turn and events come after the end of ctx.
	turns, events := conv.Turns(context.WithoutCancel(ctx)), conv.Watch(context.WithoutCancel(ctx))
	watching.Go(func() {
		for t, err := range turns {
			if err == nil {
				c.over(t)
			}
		}
	})
	watching.Go(func() {
		for e, err := range events {
			if err == nil {
				c.event(e)
			}
		}
	})
	c.show(Listening, "", "")
	close(c.ready)
	if err := conv.Wait(ctx); err != nil {
		return err
	}
	return errEnded
}

// Interrupt stops the answer, as the user's speech does.
func (c *Conversation) Interrupt(ctx context.Context) {
	select {
	case <-c.ready:
		if err := c.conv.Interrupt(ctx); err != nil && !errors.Is(err, agent.ErrEnded) {
			c.note(err.Error())
		}
	default: // Nothing is being said.
	}
}

// Write says something in writing, once the agent can be spoken to. What is being said is
// interrupted.
func (c *Conversation) Write(ctx context.Context, text string) {
	select {
	case <-c.ready:
	case <-ctx.Done():
		return
	}
	c.mu.Lock()
	c.written++
	key := fmt.Sprintf("written-%d", c.written)
	speaking := c.state == Speaking || c.state == Thinking
	c.mu.Unlock()
	if speaking {
		c.Interrupt(ctx)
	}
	c.captions.userDone(key, text)
	c.spoken(Thinking)
	if _, err := c.conv.Ask(ctx, text); err != nil && !errors.Is(err, agent.ErrEnded) {
		c.note(err.Error())
	}
}

// show shows a state. Without a detail, the state that is shown already is not shown again.
func (c *Conversation) show(s State, detail, advice string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	same := c.state == s && detail == ""
	c.state = s
	if !same {
		c.page.Show(s, detail, advice)
	}
}

// note shows an error beside the state.
func (c *Conversation) note(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.page.Show(c.state, text, "")
}
