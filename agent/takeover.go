package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// restore gives a session the items of a state, and returns what it holds. Without items
// the server holds all that the state names.
func (c *Conversation) restore(ctx context.Context, s *realtime.Session, st *State) (arbiter.Up, error) {
	up := newUp()
	items, err := st.itemsOf()
	if err != nil {
		return up, fmt.Errorf("agent: items of the state: %w", err)
	}
	if len(items) == 0 {
		for _, id := range st.Turns {
			up.Turns[id] = true
		}
		for _, call := range st.Calls {
			up.Calls[call.ID] = true
			if call.Remote && call.Stage == CallReturned { // The service has made its item.
				up.Outputs[call.ID] = true
			}
		}
	}
	for _, item := range items {
		_, err := s.Request(ctx, &api.ConversationItemCreate{Item: item})
		if _, refused := errors.AsType[*realtime.ServerError](err); refused && !exists(err) {
			c.log.Warn("agent item not restored", "item_id", api.ItemID(item))
			continue
		}
		if err != nil && !exists(err) {
			return up, fmt.Errorf("agent: items of the state: %w", err)
		}
		holds(up, item)
	}
	return up, nil
}

// takeOver owes what the other process owed. The lock is held.
func (c *Conversation) takeOver(st *State, up arbiter.Up) {
	c.data, c.resumed = slices.Clone(st.Data), true
	beside := len(st.Items) == 0 // a call, whose server goes on
	turns := slices.Clone(st.Turns)
	var calls, late []*work
	for i := range st.Calls {
		call := st.Calls[i] // The state is the caller's.
		w := c.known(&call, beside)
		switch {
		case w.before.Pending:
			if w.pending = true; w.before.Response != "" { // The model was not seen to go on.
				calls = append(calls, w)
			} else {
				w.exchange = newExchange()
				w.exchange.id = w.before.Turn
				late = append(late, w)
			}
			continue
		case w.before.Stage == CallSettled:
		case up.Outputs[w.ID]: // The model has not answered it, as far as is known.
			w.before.Stage = CallSettled
			turns = append(turns, w.before.Turn)
		default:
			calls = append(calls, w)
			continue
		}
		close(w.done)
	}
	x := c.remaining(calls, turns)
	for _, w := range calls {
		w.exchange = x
		c.step(arbiter.Called{Call: w.ID, Response: w.response})
	}
	c.down = true
	c.step(arbiter.Down{}) // As after a lost connection.
	if !beside {
		c.recallRemote(calls)
	}
	c.now = x
	for _, id := range turns {
		up.Turns[id] = true
		c.step(arbiter.Turn{ID: id})
	}
	c.down = false
	c.step(up)
	for _, w := range calls {
		if w.pending {
			c.step(arbiter.Returned{Call: w.ID, Silent: w.tool != nil && w.tool.Silent})
		}
		if beside && w.remote && w.begun && w.item != "" { // It may have returned meanwhile.
			_ = c.send(&api.ConversationItemRetrieve{ItemID: w.item})
		}
	}
	for _, w := range late {
		go c.run(w)
	}
}

// remaining returns the exchange of what has no whole answer, with the words of the user in
// the order of the conversation; nil if everything has one. The lock is held.
func (c *Conversation) remaining(calls []*work, turns []string) *exchange {
	var items []string // of the user
	for _, w := range calls {
		items = append(items, w.before.Turn)
	}
	items = append(items, turns...)
	if len(items) == 0 {
		return nil
	}
	x := newExchange()
	x.asked, x.id, x.items = true, items[0], items
	for _, item := range c.history.Items() {
		if _, user := item.Item.(*api.UserMessage); user && slices.Contains(items, item.ID()) {
			x.wrote(item.Text())
		}
	}
	return x
}

// known enters a call of a state.
func (c *Conversation) known(s *CallState, beside bool) *work {
	w := &work{
		response: s.Response, item: s.Item, again: s.Key, agent: c.agent, before: s,
		begun: s.Stage != CallWaits, remote: s.Remote, undecided: beside && s.Remote && s.Stage == CallWaits, done: make(chan struct{}),
	}
	if !s.Remote {
		w.tool = c.tools[s.Tool]
	}
	w.ID, w.Server, w.Tool, w.Arguments, w.Output, w.Conv = s.ID, s.Server, s.Tool, s.Arguments, s.Output, c
	put(&c.works, w.ID, w)
	c.order = append(c.order, w)
	return w
}
