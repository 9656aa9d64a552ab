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

// Resume goes on with a conversation from a state that Options.Save or
// [Conversation.State] gave in another process. The agent with the state's name is looked
// for among a and the agents that hand-offs lead to from it. Otherwise Resume is [Start],
// without a greeting.
//
// A session beside a call holds the conversation already. A new session is given the
// state's Items first. Calls of functions that had not returned run again, except those of
// tools with Once that had begun: the model is told that their outcome is unknown.
// Functions that had returned do not run again. A turn without a whole answer gets one;
// if the answer was on its way when the process ended, that may be a second one.
//
// Only one process may run a conversation at a time, which Resume cannot check.
func Resume(ctx context.Context, s *realtime.Session, a *Agent, st *State, o *Options) (*Conversation, error) {
	if a == nil || st == nil {
		return nil, errors.New("agent: no agent or no state")
	}
	speaks := reachable(a, st.Agent, map[*Agent]bool{})
	if speaks == nil {
		return nil, fmt.Errorf("agent: no agent of the name %q: give Resume one that leads to it", st.Agent)
	}
	return start(ctx, s, speaks, o, st)
}

// reachable returns the agent of a name that is the agent given, or one that hand-offs
// lead to.
func reachable(a *Agent, name string, seen map[*Agent]bool) *Agent {
	if a == nil || seen[a] {
		return nil
	}
	if a.Name == name {
		return a
	}
	seen[a] = true
	for _, to := range a.Handoffs {
		if found := reachable(to, name, seen); found != nil {
			return found
		}
	}
	return nil
}

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
	var calls []*work
	for i := range st.Calls {
		w := c.known(&st.Calls[i], beside)
		switch {
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

// recalled returns the output of a call that has run in another process, and whether it
// has.
func (c *Conversation) recalled(w *work) (output string, over bool, err error) {
	s := w.before
	switch {
	case s == nil:
		return "", false, nil
	case s.Stage == CallReturned && s.Output != "":
		return s.Output, true, nil
	case s.Stage == CallReturned, s.Stage == CallBegun && w.tool != nil && w.tool.Once:
		return "", true, ErrOutcomeUnknown
	case w.tool == nil && s.Tool == transferTo+c.Agent().Name: // It has taken over since.
		return "{}", true, nil
	default:
		return "", false, nil
	}
}
