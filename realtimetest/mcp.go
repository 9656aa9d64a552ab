package realtimetest

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
)

// mcpTools are the MCP tools of a session: it lists them, and runs their calls. It
// belongs to the session's goroutine.
type mcpTools struct {
	*core
	settings *settings.Session
	items    *conversation
	listed   map[string]bool // Labels of the servers in the latest update.
}

// find returns the session's settings of a server and its tool. The settings are
// nil if the session does not use the server, and the tool is nil if the server has
// none of that name or the session does not allow it.
func (m *mcpTools) find(label, name string) (*api.MCPTool, *MCPServerTool) {
	for _, t := range m.settings.Realtime.Tools {
		set, ok := t.(*api.MCPTool)
		if !ok || set.ServerLabel != label {
			continue
		}
		server := m.server(label)
		if server == nil {
			return set, nil
		}
		for i := range server.Tools {
			if t := &server.Tools[i]; t.Name == name && t.allowed(set.AllowedTools) {
				return set, t
			}
		}
		return set, nil
	}
	return nil, nil
}

// server returns the script's server with a label, nil if there is none.
func (m *mcpTools) server(label string) *MCPServer {
	for i := range m.cfg.Script.MCP {
		if server := &m.cfg.Script.MCP[i]; server.Label == label {
			return server
		}
	}
	return nil
}

// listNew lists the tools of the servers that the latest update has added. A server
// that an update removes and a later one adds is listed again.
func (m *mcpTools) listNew() {
	if m.settings.Realtime == nil {
		return
	}
	present := map[string]bool{}
	for _, t := range m.settings.Realtime.Tools {
		if set, ok := t.(*api.MCPTool); ok {
			present[set.ServerLabel] = true
			if !m.listed[set.ServerLabel] {
				m.list(set)
			}
		}
	}
	m.listed = present
}

func (m *mcpTools) list(set *api.MCPTool) {
	id := m.newID("mcpl")
	item := &api.MCPListTools{ID: new(id), ServerLabel: set.ServerLabel, Tools: []api.MCPListedTool{}}
	e := &entry{id: id, item: item}
	m.items.begin(e)
	m.emit(&api.MCPListToolsInProgress{EventID: m.newID("event"), ItemID: id})
	server := m.server(set.ServerLabel)
	if server == nil || server.Failure {
		delay := time.Duration(0)
		if server != nil {
			delay = server.Delay
		}
		m.after(delay, func() { m.emit(&api.MCPListToolsFailed{EventID: m.newID("event"), ItemID: id}) })
		return
	}
	m.after(server.Delay, func() {
		full := *item
		full.Tools = nil
		for i := range server.Tools {
			if t := &server.Tools[i]; t.allowed(set.AllowedTools) {
				full.Tools = append(full.Tools, t.listed())
			}
		}
		e.item = &full
		m.items.end(e)
		m.emit(&api.MCPListToolsCompleted{EventID: m.newID("event"), ItemID: id})
	})
}

// finish runs a call and returns the complete item. index is its output index in the
// response.
func (m *mcpTools) finish(item *api.MCPCall, tool *MCPServerTool, index int) *api.MCPCall {
	done := *item
	output, failure := tool.run(done.Arguments)
	if _, none := failure.(api.Null); failure != nil && !none {
		done.Error = failure
		m.emit(&api.ResponseMCPCallFailed{EventID: m.newID("event"), OutputIndex: index, ItemID: done.ID})
		return &done
	}
	done.Output = api.Value(output)
	m.emit(&api.ResponseMCPCallCompleted{EventID: m.newID("event"), OutputIndex: index, ItemID: done.ID})
	return &done
}

func newMCPCall(id, label, name, arguments string) *api.MCPCall {
	return &api.MCPCall{
		ID: id, ServerLabel: label, Name: name, Arguments: arguments,
		ApprovalRequestID: api.NullOf[string](), Output: api.NullOf[string](), Error: api.Null{},
	}
}

// answered handles the client's answer to an approval request: it runs the call or
// drops it. A request has one answer.
func (m *mcpTools) answered(answer *api.MCPApprovalResponse) {
	request := m.items.approvals[answer.ApprovalRequestID]
	delete(m.items.approvals, answer.ApprovalRequestID)
	if !answer.Approve {
		return
	}
	call := newMCPCall(m.newID("mcp"), request.ServerLabel, request.Name, request.Arguments)
	call.ApprovalRequestID = api.Value(request.ID)
	e := &entry{id: call.ID, item: call}
	m.items.begin(e)
	m.emit(&api.ResponseMCPCallInProgress{EventID: m.newID("event"), ItemID: call.ID})
	_, tool := m.find(request.ServerLabel, request.Name)
	m.after(tool.delay(), func() {
		e.item, e.fresh = m.finish(call, tool, 0), true
		m.items.end(e)
	})
}
