package agent

import (
	"encoding/json"
	"fmt"

	"github.com/voicelane/realtime-go/gen/api"
)

// remoteHandlers follow the calls that the service makes at MCP servers. The model does not
// go on after them by itself.
func remoteHandlers() []handler {
	return []handler{
		on(func(c *Conversation, e *api.ResponseMCPCallArgumentsDone) {
			if w := c.works[e.ItemID]; w != nil && w.remote {
				w.Arguments = json.RawMessage(e.Arguments)
			}
		}),
		on(func(c *Conversation, e *api.MCPListToolsFailed) {
			c.log.Warn("agent MCP tools not listed by the service", "item_id", e.ItemID)
			c.warn(fmt.Errorf("agent: the service could not list the tools of an MCP server: item %s", e.ItemID))
		}),
	}
}

// remote notes an item of a response that is, or asks for, a call at an MCP server. The
// lock is held, as in all of this file.
func (c *Conversation) remote(item api.Item, response string, done bool) {
	switch x := item.(type) {
	case *api.MCPApprovalRequest:
		if done && x != nil && response != "" {
			c.remoteCalled(x.ID, x.ID, response, x.ServerLabel, x.Name, x.Arguments, true)
		}
	case *api.MCPCall:
		if x == nil {
			return
		}
		id := x.ID
		if request, approved := x.ApprovalRequestID.Get(); approved {
			id = request
		} else if response != "" && c.works[id] == nil {
			c.remoteCalled(id, x.ID, response, x.ServerLabel, x.Name, x.Arguments, false)
		}
		if w := c.works[id]; done && w != nil && w.remote {
			w.item, w.Arguments = x.ID, json.RawMessage(x.Arguments)
			output, _ := x.Output.Get()
			c.remoteReturned(w, output, remoteError(x.Error))
		}
	default:
	}
}

// approved notes the item of a call that was approved: another process finds the result there.
func (c *Conversation) approved(x *api.MCPCall) {
	request, ok := x.ApprovalRequestID.Get()
	if w := c.works[request]; ok && w != nil && w.remote && x.ID != "" {
		w.item = x.ID
		c.unsaved()
	}
}

// finished reports whether an item is whole. A call at an MCP server is with its outcome: one
// whose response was cut has none.
func finished(item api.Item) bool {
	x, ok := item.(*api.MCPCall)
	if !ok || x == nil {
		return true
	}
	_, output := x.Output.Get()
	return output || remoteError(x.Error) != nil
}

func (c *Conversation) remoteCalled(id, item, response, server, tool, arguments string, decide bool) {
	w := &work{response: response, item: item, remote: true, undecided: decide}
	w.ID, w.Server, w.Tool, w.Arguments = id, server, tool, json.RawMessage(arguments)
	c.called(w)
}
