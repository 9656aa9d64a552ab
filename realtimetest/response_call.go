package realtimetest

import (
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/delta"
)

// callFunction returns the actions of a function call.
func (r *response) callFunction(c Call) []action {
	if c.Arguments == "" {
		c.Arguments = "{}"
	}
	var o *output
	actions := []action{{do: func() {
		if c.ID == "" {
			c.ID = r.newID("call")
		}
		id := r.newID("item")
		o = r.begin(&api.FunctionCall{
			ID: new(id), Object: objectItem(), Status: new(api.ItemStatusInProgress), CallID: c.ID, Name: c.Name,
		}, id)
	}}}
	for _, piece := range delta.Pieces(c.Arguments) {
		actions = append(actions, action{do: func() {
			o.arguments += piece
			r.emit(&api.ResponseFunctionCallArgumentsDelta{
				EventID: r.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index,
				CallID: c.ID, Delta: piece, Obfuscation: new(delta.Obfuscation(piece)),
			})
			r.checkLimit()
		}})
	}
	return append(actions, action{do: func() { r.end(api.ItemStatusCompleted) }})
}

// callMCP returns the actions of a call of an MCP tool: the call, or the request for
// its approval.
func (r *response) callMCP(c MCPCall, mcp *mcpTools) []action {
	if c.Arguments == "" {
		c.Arguments = "{}"
	}
	set, tool := mcp.find(c.Server, c.Name)
	if set != nil && tool != nil && tool.needsApproval(set.RequireApproval) {
		return []action{{do: func() {
			request := &api.MCPApprovalRequest{
				ID: r.newID("mcpr"), ServerLabel: c.Server, Name: c.Name, Arguments: c.Arguments,
			}
			r.begin(request, request.ID)
			r.items.approvals[request.ID] = request
			r.end(api.ItemStatusCompleted)
		}}}
	}
	var o *output
	actions := []action{{do: func() {
		id := r.newID("mcp")
		o = r.begin(newMCPCall(id, c.Server, c.Name, ""), id)
	}}}
	for _, piece := range delta.Pieces(c.Arguments) {
		actions = append(actions, action{do: func() {
			o.arguments += piece
			r.emit(&api.ResponseMCPCallArgumentsDelta{
				EventID: r.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index,
				Delta: piece, Obfuscation: api.Value(delta.Obfuscation(piece)),
			})
		}})
	}
	return append(actions,
		action{do: func() {
			o.entry.item = newMCPCall(o.entry.id, c.Server, c.Name, o.arguments)
			r.emit(&api.ResponseMCPCallArgumentsDone{
				EventID: r.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index, Arguments: o.arguments,
			})
			r.emit(&api.ResponseMCPCallInProgress{EventID: r.newID("event"), OutputIndex: o.index, ItemID: o.entry.id})
		}},
		action{wait: tool.delay(), do: func() {
			if call, ok := o.entry.item.(*api.MCPCall); ok {
				o.entry.item, o.entry.fresh = mcp.finish(call, tool, o.index), true
			}
			r.end(api.ItemStatusCompleted)
		}})
}
