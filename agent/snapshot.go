package agent

import (
	"encoding/json"
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
)

// SetData keeps bytes of the program with the state of the conversation, at most 64 KiB.
// They are copied, replace those before, and are saved soon after.
func (c *Conversation) SetData(data []byte) error {
	if len(data) > maxData {
		return ErrDataTooLarge
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.data = slices.Clone(data)
	c.unsaved()
	return nil
}

// Data returns a copy of the bytes of SetData, or of the state that was resumed.
func (c *Conversation) Data() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.data)
}

// State returns the state of the conversation, its items included.
func (c *Conversation) State() (*State, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state(true)
}

// state returns the state. The lock is held.
func (c *Conversation) state(items bool) (*State, error) {
	st := &State{Agent: c.agent.Name, Turns: c.arbiter.Owed(), Data: slices.Clone(c.data)}
	settled := 0
	for _, w := range slices.Backward(c.order) {
		s := c.stateOf(w)
		if s.Stage == CallSettled {
			if settled++; s.Key == "" || settled > maxSettled {
				continue
			}
		}
		st.Calls = append(st.Calls, s)
	}
	slices.Reverse(st.Calls)
	if !items {
		return st, nil
	}
	list, _ := c.history.Copy()
	held := map[string]bool{}
	for _, item := range list {
		held[api.ItemID(item)] = true
	}
	if calls := c.unheld(held); len(calls) > 0 { // Only the service can make their items.
		list = append(list, noteOf(calls))
	}
	for _, item := range list {
		text, err := json.Marshal(item)
		if err != nil {
			return nil, err
		}
		st.Items = append(st.Items, text)
	}
	return st, nil
}

func (c *Conversation) stateOf(w *work) CallState {
	s := CallState{ID: w.ID, Tool: w.Tool, Server: w.Server, Remote: w.remote, Stage: CallWaits, Key: w.again}
	s.Pending = w.pending && !w.told
	if !c.arbiter.Knows(w.ID) && !s.Pending {
		s.Stage = CallSettled
		return s
	}
	if c.arbiter.Knows(w.ID) {
		s.Item, s.Response = w.item, w.response
	}
	s.Turn = w.turn()
	if len(w.Arguments) <= maxSavedText && json.Valid(w.Arguments) {
		s.Arguments = w.Arguments
	}
	switch {
	case w.returned() || w.before != nil && w.before.Stage == CallReturned:
		s.Stage = CallReturned
		if len(w.Output) <= maxSavedText {
			s.Output = w.Output
		}
	case w.begun:
		s.Stage = CallBegun
	}
	return s
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
