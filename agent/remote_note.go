package agent

import (
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
)

// note returns the message that replaces a call at an MCP server in a conversation that does
// not hold it.
func (w *work) note() string {
	return fmt.Sprintf("You have called %s with %s. The result: %s", w.Tool, w.Arguments, w.Output)
}

// recall creates the results of calls that were answered before the conversation was given
// to a new session, which holds the items with the ids in holds: the model would repeat
// calls that it does not see. It reports whether there were any. The lock is held.
func (c *Conversation) recall(holds map[string]bool) bool {
	calls := c.unheld(holds)
	if len(calls) == 0 {
		return false
	}
	item, id := noteOf(calls), "out_"+rand.Text()[:24]
	item.ID = &id
	for _, w := range calls {
		w.output = id
	}
	_ = c.send(&api.ConversationItemCreate{Item: item})
	return true
}

// unheld returns the answered calls at MCP servers whose results a session does not hold. Holds
// are the ids of its items. The lock is held.
func (c *Conversation) unheld(holds map[string]bool) (calls []*work) {
	for _, w := range c.order {
		if w.remote && w.returned() && !w.deleted && !c.arbiter.Knows(w.ID) && !holds[w.output] {
			calls = append(calls, w)
		}
	}
	return calls
}

// noteOf returns the item with the results of calls. Its id follows from them, so that a state
// that has not changed is the same.
func noteOf(calls []*work) *api.SystemMessage {
	notes := make([]string, len(calls))
	for i, w := range calls {
		notes[i] = w.note()
	}
	item := api.SystemText(strings.Join(notes, "\n"))
	item.ID = new(outputID(item.Content[0].Text))
	return item
}

// recallRemote gives calls of a state that the service made their results: what another
// process has got, or that the result is lost. The lock is held.
func (c *Conversation) recallRemote(calls []*work) {
	for _, w := range calls {
		switch {
		case !w.remote:
		case w.before.Stage == CallReturned && w.before.Output != "":
			c.remoteReturned(w, w.before.Output, nil)
		default:
			c.remoteReturned(w, "", errRemoteLost)
		}
	}
}
