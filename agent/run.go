package agent

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
)

const (
	defaultTimeout = 30 * time.Second
	defaultAfter   = time.Second
	maxOutput      = 1 << 20 // more than the context of a model holds
	maxWorks       = 1000    // calls that a conversation remembers
)

// called enters a whole call. The lock is held.
func (c *Conversation) called(w *work) {
	if w.ID == "" || c.works[w.ID] != nil {
		return
	}
	w.Conv, w.tool, w.agent, w.exchange, w.done = c, c.tools[w.Tool], c.agent, c.now, make(chan struct{})
	put(&c.works, w.ID, w)
	c.order = append(c.order, w)
	for len(c.order) > maxWorks {
		delete(c.works, c.order[0].ID)
		c.order = c.order[1:]
	}
	c.step(arbiter.Called{Call: w.ID, Response: w.response, Stopped: w.exchange != nil && w.exchange.turn.Guard != nil})
}

// run runs a call to its output, on a goroutine of its own.
func (c *Conversation) run(w *work) {
	seen := w.Call // What the tool and others are shown, so that it does not change.
	c.events.Put(&Called{shown(w.tool, seen)})
	ctx, cancel := context.WithCancel(context.WithValue(c.life, callKey{}, &seen))
	defer cancel()
	defer c.fill(w)()
	defer c.postpone(w)()
	begin := time.Now()
	output, err := c.execute(ctx, w, &seen)
	if c.life.Err() != nil {
		return
	}
	if err != nil {
		output = errorOutput(forModel(err))
		c.failed(w, err)
	}
	c.mu.Lock()
	w.Output, w.Err, w.Took = output, err, time.Since(begin)
	close(w.done)
	c.events.Put(&Returned{shown(w.tool, w.Call)})
	switch {
	case c.finished:
	case w.pending:
		c.unsaved()
		c.tasks.Go(func() { c.tellLate(w) })
	default:
		c.step(arbiter.Returned{Call: w.ID, Silent: w.tool != nil && w.tool.Silent})
	}
	c.mu.Unlock()
}

// fill has the filler of a tool said if the call takes long. It returns what ends that.
func (c *Conversation) fill(w *work) (stop func()) {
	if w.tool == nil || w.tool.Filler == "" {
		return func() {}
	}
	t := time.AfterFunc(cmp.Or(w.tool.After, defaultAfter), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.finished {
			c.want(&sentence{text: w.tool.Filler, exact: true}, w.ID)
		}
	})
	return func() { t.Stop() }
}

// execute returns the output of a call, or why there is none.
func (c *Conversation) execute(ctx context.Context, w *work, seen *Call) (string, error) {
	if output, over, err := c.recalled(w); over {
		return output, err
	}
	t := w.tool
	if t == nil {
		return "", ErrUnknownFunction
	}
	if len(bytes.TrimSpace(seen.Arguments)) == 0 {
		seen.Arguments = json.RawMessage("{}") // A function without parameters.
	}
	if err := t.schema.Check(seen.Arguments); err != nil {
		return "", err
	}
	if first := c.first(w, seen); first != nil {
		return c.outcome(ctx, first)
	}
	if t.handoff != nil {
		return c.transfer(ctx, t.handoff)
	}
	if err := c.guarded(ctx, w, seen, func(g *Guard) func(context.Context, *Call) error { return g.Input }); err != nil {
		return "", err
	}
	if t.Approve != nil {
		if _, err := isolated(ctx, func() (string, error) { return "", t.Approve(ctx, seen) }); err != nil {
			return "", err
		}
	}
	if err := c.launch(ctx, w); err != nil {
		return "", err
	}
	output, err := t.invoke(ctx, seen)
	if err == nil && len(output) > maxOutput {
		err = ErrOutputTooLarge
	}
	if err != nil {
		return "", err
	}
	done := *seen
	done.Output = output
	return output, c.guarded(ctx, w, &done, func(g *Guard) func(context.Context, *Call) error { return g.Output })
}

// guarded asks the guards of the agent that made a call.
func (c *Conversation) guarded(ctx context.Context, w *work, call *Call, pick func(*Guard) func(context.Context, *Call) error) error {
	for i := range w.agent.Guards {
		check := pick(&w.agent.Guards[i])
		if check == nil {
			continue
		}
		if _, err := isolated(ctx, func() (string, error) { return "", check(ctx, call) }); err != nil {
			return err
		}
	}
	return nil
}

// first returns the call that this one repeats, for tools that run once. One that waits for
// another repeats that: calls of a state have their keys before they run, and would wait for
// each other.
func (c *Conversation) first(w *work, seen *Call) *work {
	if !w.tool.Once {
		return nil
	}
	var arguments any
	_ = json.Unmarshal(seen.Arguments, &arguments) // They were checked.
	canonical, err := json.Marshal(arguments)
	if err != nil {
		return nil // It was just decoded.
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w.again = digest(w.turn(), w.Tool, string(canonical))
	for _, other := range c.order {
		if other != w && other.again == w.again && other.follows == nil {
			w.follows = other
			return other
		}
	}
	return nil
}

// launch notes that the function of a call begins. That of a tool with Once waits until
// this is saved, since another process must know.
func (c *Conversation) launch(ctx context.Context, w *work) error {
	c.mu.Lock()
	w.begun = true
	c.unsaved()
	c.mu.Unlock()
	if !w.tool.Once {
		return nil
	}
	if err := c.saved(ctx); err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		w.begun = false
		return fmt.Errorf("%w: %w", ErrNotSaved, err)
	}
	return nil
}

// outcome waits for the end of another call and returns the same.
func (c *Conversation) outcome(ctx context.Context, w *work) (string, error) {
	select {
	case <-w.done:
		c.mu.Lock()
		defer c.mu.Unlock()
		return w.Output, w.Err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// invoke runs the function within its time.
func (t *boundTool) invoke(ctx context.Context, seen *Call) (string, error) {
	if t.Timeout >= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, cmp.Or(t.Timeout, defaultTimeout), ErrTooSlow)
		defer cancel()
	}
	output, err := isolated(ctx, func() (string, error) { return t.Func.Call(ctx, seen.Arguments) })
	if err != nil && errors.Is(context.Cause(ctx), ErrTooSlow) {
		return "", ErrTooSlow
	}
	return output, err
}
