package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// tellTries bounds the attempts to tell the model of a late result.
const tellTries = 5

// postpone lets the model go on without the result of a call that takes long. It returns
// what ends that.
func (c *Conversation) postpone(w *work) (stop func()) {
	if w.tool == nil || w.tool.Pending <= 0 || w.pending {
		return func() {}
	}
	t := time.AfterFunc(w.tool.Pending, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.finished || w.returned() {
			return
		}
		w.pending = true
		c.step(arbiter.Returned{Call: w.ID, Silent: w.tool.Silent})
	})
	return func() { t.Stop() }
}

// tellLate tells the model of a result that it was not given when it went on, and has it
// answer. A session that ends meanwhile has another follow it, or ends the conversation.
func (c *Conversation) tellLate(w *work) {
	c.mu.Lock()
	output := w.Output
	if w.tool != nil && w.tool.Hidden && w.Err == nil {
		output = doneOutput
	}
	id := "late_" + digest(w.ID)
	put(&c.lates, id, w)
	c.mu.Unlock()
	item := api.SystemText(fmt.Sprintf("The call of %s that was pending (%s, with %s) has returned: %s", w.Tool, w.ID, w.Arguments, output))
	item.ID = &id
	var err error
	for range tellTries {
		ctx, cancel := context.WithTimeout(c.life, writeWithin)
		s := c.Session()
		_, err = s.Request(ctx, &api.ConversationItemCreate{Item: item})
		cancel()
		if err == nil && c.Session() == s {
			return // The event, whose place among the others counts, says so too.
		}
		if exists(err) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.heardLate(id)
			return
		}
		if _, refused := errors.AsType[*realtime.ServerError](err); refused || c.life.Err() != nil {
			break
		}
		select {
		case <-time.After(time.Second):
		case <-c.life.Done():
		}
	}
	if c.life.Err() == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.lates, id)
		c.failed(w, because(ErrOutputLost, err))
	}
}

// heardLate notes that the conversation holds a late result. The lock is held.
func (c *Conversation) heardLate(item string) {
	w := c.lates[item]
	if w == nil || c.finished {
		return
	}
	delete(c.lates, item)
	w.told = true
	c.unsaved()
	stopped := w.exchange != nil && w.exchange.turn.Guard != nil
	if !stopped && (w.tool == nil || !w.tool.Silent) {
		c.step(arbiter.Turn{ID: item, Late: true})
	}
}
