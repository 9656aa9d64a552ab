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
		w := c.known(&st.Calls[i], beside)
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
	x := newExchange()
	x.asked = true
	for _, w := range calls {
		w.exchange, x.id = x, w.before.Turn
		c.step(arbiter.Called{Call: w.ID, Response: w.response})
	}
	c.down = true
	c.step(arbiter.Down{}) // As after a lost connection.
	if !beside {
		c.dropRemote(func(w *work) bool { return w.before != nil && w.before.Stage != CallSettled })
	}
	if len(turns)+len(calls) > 0 {
		c.now = x
	}
	slices.Sort(turns)
	for _, id := range slices.Compact(turns) {
		x.id, up.Turns[id] = id, true
		if item, ok := c.history.Item(id); ok {
			x.wrote(item.Text())
		}
		c.step(arbiter.Turn{ID: id})
	}
	c.down = false
	c.step(up)
	for _, w := range calls {
		if w.pending {
			c.step(arbiter.Returned{Call: w.ID, Silent: w.tool != nil && w.tool.Silent})
		}
	}
	for _, w := range late {
		go c.run(w)
	}
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
	c.works[w.ID] = w
	c.order = append(c.order, w)
	return w
}
