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
	id := "out_" + rand.Text()[:24]
	var notes []string
	for _, w := range c.order {
		if w.remote && w.returned() && !w.deleted && !c.arbiter.Knows(w.ID) && !holds[w.output] {
			notes = append(notes, w.note())
			w.output = id
		}
	}
	if len(notes) == 0 {
		return false
	}
	item := api.SystemText(strings.Join(notes, "\n"))
	item.ID = &id
	_ = c.send(&api.ConversationItemCreate{Item: item})
	return true
}
