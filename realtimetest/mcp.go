package realtimetest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// MCPServer is an MCP server that sessions can use by its label, whatever
// address they give for it. Listing the tools of a label that no server of the
// script has fails.
type MCPServer struct {
	Label string
	Tools []MCPServerTool
	// Failure makes listing the tools fail, and Delay is how long it takes.
	Failure bool
	Delay   time.Duration
}

// MCPServerTool is a tool of an [MCPServer]. A call gives Output, or fails by
// Error if that is not nil.
type MCPServerTool struct {
	Name, Description string
	// InputSchema is the JSON schema of the arguments. Nil takes any object.
	InputSchema json.RawMessage
	// ReadOnly is the hint by which sessions filter tools.
	ReadOnly bool
	Output   string
	Error    api.MCPError
	// Run, if not nil, takes the place of Output and Error. It is called on the
	// session's goroutine and must not wait.
	Run func(arguments string) (string, api.MCPError)
	// Delay is how long a call takes on the server's clock.
	Delay time.Duration
}

// mcpState is what a session knows of its MCP servers.
type mcpState struct {
	listed  map[string]bool                    // By label.
	waiting map[string]*api.MCPApprovalRequest // By the request's id.
}

// findMCP returns the session's settings of a server, the server, and its tool,
// as far as there are any that the session may use.
func (s *session) findMCP(label, tool string) (*api.MCPTool, *MCPServerTool) {
	for _, t := range s.config.Tools {
		settings, ok := t.(*api.MCPTool)
		if !ok || settings.ServerLabel != label {
			continue
		}
		server := s.mcpServer(label)
		if server == nil {
			return settings, nil
		}
		for i := range server.Tools {
			if t := &server.Tools[i]; t.Name == tool && allowed(settings.AllowedTools, t) {
				return settings, t
			}
		}
		return settings, nil
	}
	return nil, nil
}

func (s *session) mcpServer(label string) *MCPServer {
	for i := range s.cfg.Script.MCP {
		if m := &s.cfg.Script.MCP[i]; m.Label == label {
			return m
		}
	}
	return nil
}

func allowed(filter api.MCPAllowedTools, t *MCPServerTool) bool {
	switch filter := filter.(type) {
	case api.MCPToolNames:
		return slices.Contains(filter, t.Name)
	case *api.MCPToolFilter:
		return selects(filter, t)
	default: // Absent or null.
		return true
	}
}

// needsApproval says whether a call waits for the client, which is the default.
func needsApproval(mode api.MCPApproval, t *MCPServerTool) bool {
	switch mode := mode.(type) {
	case api.MCPApprovalMode:
		return mode != api.MCPApprovalNever
	case *api.MCPApprovalFilter:
		if mode.Always != nil && selects(mode.Always, t) {
			return true
		}
		return mode.Never == nil || !selects(mode.Never, t)
	default: // Absent or null.
		return true
	}
}

// selects reports whether a tool meets every member of a filter.
func selects(f *api.MCPToolFilter, t *MCPServerTool) bool {
	if f.ToolNames != nil && !slices.Contains(f.ToolNames, t.Name) {
		return false
	}
	return f.ReadOnly == nil || *f.ReadOnly == t.ReadOnly
}

// listMCP fetches the tools of the servers that an update has brought.
func (s *session) listMCP() {
	if s.config == nil {
		return
	}
	present := map[string]bool{}
	for _, t := range s.config.Tools {
		if settings, ok := t.(*api.MCPTool); ok {
			present[settings.ServerLabel] = true
			if !s.mcp.listed[settings.ServerLabel] {
				s.listTools(settings)
			}
		}
	}
	// One that comes back later is listed anew.
	s.mcp.listed = present
}

func (s *session) listTools(settings *api.MCPTool) {
	id := s.newID("mcpl")
	item := &api.MCPListTools{ID: new(id), ServerLabel: settings.ServerLabel, Tools: []api.MCPListedTool{}}
	e := &entry{id: id, item: item}
	before, _ := s.items.insert(e, nil)
	s.emit(&api.ConversationItemAdded{EventID: s.newID("event"), PreviousItemID: optionalID(before), Item: item})
	s.emit(&api.MCPListToolsInProgress{EventID: s.newID("event"), ItemID: id})
	server := s.mcpServer(settings.ServerLabel)
	if server == nil || server.Failure {
		delay := time.Duration(0)
		if server != nil {
			delay = server.Delay
		}
		s.after(delay, func() { s.emit(&api.MCPListToolsFailed{EventID: s.newID("event"), ItemID: id}) })
		return
	}
	s.after(server.Delay, func() {
		full := *item
		full.Tools = nil
		for i := range server.Tools {
			if t := &server.Tools[i]; allowed(settings.AllowedTools, t) {
				full.Tools = append(full.Tools, t.listed())
			}
		}
		e.item = &full
		s.emit(&api.ConversationItemDone{EventID: s.newID("event"), PreviousItemID: optionalID(s.items.before(id)), Item: &full})
		s.emit(&api.MCPListToolsCompleted{EventID: s.newID("event"), ItemID: id})
	})
}

func (t *MCPServerTool) listed() api.MCPListedTool {
	listed := api.MCPListedTool{
		// Clients take a description for text, so there is no null.
		Name: t.Name, Description: api.Value(t.Description), InputSchema: t.InputSchema,
		Annotations: api.NullOf[json.RawMessage](),
	}
	if listed.InputSchema == nil {
		listed.InputSchema = json.RawMessage(`{"type":"object"}`)
	}
	if t.ReadOnly {
		listed.Annotations = api.Value(json.RawMessage(`{"readOnlyHint":true}`))
	}
	return listed
}

// run makes a call. The failure is nil if there is an output.
func (t *MCPServerTool) run(arguments string) (string, api.MCPError) {
	switch {
	case t == nil:
		const invalidParams = -32602 // A code of JSON-RPC.
		return "", &api.MCPProtocolError{Code: invalidParams, Message: "the server has no such tool"}
	case t.Run != nil:
		return t.Run(arguments)
	default:
		return t.Output, t.Error
	}
}

func (t *MCPServerTool) delay() time.Duration {
	if t == nil {
		return 0
	}
	return t.Delay
}

// finishMCP completes a call that has an item, and tells the client how it went.
func (s *session) finishMCP(item *api.MCPCall, tool *MCPServerTool, index int) *api.MCPCall {
	done := *item
	output, failure := tool.run(done.Arguments)
	if failure != nil {
		done.Error = failure
		s.emit(&api.ResponseMCPCallFailed{EventID: s.newID("event"), OutputIndex: index, ItemID: done.ID})
		return &done
	}
	done.Output = api.Value(output)
	s.emit(&api.ResponseMCPCallCompleted{EventID: s.newID("event"), OutputIndex: index, ItemID: done.ID})
	return &done
}

func newMCPCall(id, label, name, arguments string) *api.MCPCall {
	return &api.MCPCall{
		ID: id, ServerLabel: label, Name: name, Arguments: arguments,
		ApprovalRequestID: api.NullOf[string](), Output: api.NullOf[string](), Error: api.Null{},
	}
}

// approved runs or drops the call that an approval request was about. The
// request has been answered then: a second answer is an error.
func (s *session) approved(answer *api.MCPApprovalResponse) {
	request := s.mcp.waiting[answer.ApprovalRequestID]
	delete(s.mcp.waiting, answer.ApprovalRequestID)
	if !answer.Approve {
		return
	}
	call := newMCPCall(s.newID("mcp"), request.ServerLabel, request.Name, request.Arguments)
	call.ApprovalRequestID = api.Value(request.ID)
	e := &entry{id: call.ID, item: call}
	before, _ := s.items.insert(e, nil)
	s.emit(&api.ConversationItemAdded{EventID: s.newID("event"), PreviousItemID: optionalID(before), Item: call})
	s.emit(&api.ResponseMCPCallInProgress{EventID: s.newID("event"), ItemID: call.ID})
	_, tool := s.findMCP(request.ServerLabel, request.Name)
	s.after(tool.delay(), func() {
		done := s.finishMCP(call, tool, 0)
		e.item, e.fresh = done, true
		s.emit(&api.ConversationItemDone{EventID: s.newID("event"), PreviousItemID: optionalID(s.items.before(call.ID)), Item: done})
	})
}

// callMCP is the model's call of an MCP tool: the call itself, or a request to
// be allowed to make it.
func (r *response) callMCP(c MCPCall) []action {
	if c.Arguments == "" {
		c.Arguments = "{}"
	}
	s := r.s
	settings, tool := s.findMCP(c.Server, c.Name)
	if settings != nil && tool != nil && needsApproval(settings.RequireApproval, tool) {
		return []action{{do: func() {
			request := &api.MCPApprovalRequest{
				ID: s.newID("mcpr"), ServerLabel: c.Server, Name: c.Name, Arguments: c.Arguments,
			}
			r.begin(request, request.ID)
			s.mcp.waiting[request.ID] = request
			r.end(api.ItemStatusCompleted)
		}}}
	}
	var o *output
	actions := []action{{do: func() {
		id := s.newID("mcp")
		o = r.begin(newMCPCall(id, c.Server, c.Name, ""), id)
	}}}
	for _, piece := range pieces(c.Arguments) {
		actions = append(actions, action{do: func() {
			o.arguments += piece
			s.emit(&api.ResponseMCPCallArgumentsDelta{
				EventID: s.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index,
				Delta: piece, Obfuscation: api.Value(obfuscation(piece)),
			})
		}})
	}
	return append(actions,
		action{do: func() {
			o.entry.item = newMCPCall(o.entry.id, c.Server, c.Name, o.arguments)
			s.emit(&api.ResponseMCPCallArgumentsDone{
				EventID: s.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index, Arguments: o.arguments,
			})
			s.emit(&api.ResponseMCPCallInProgress{EventID: s.newID("event"), OutputIndex: o.index, ItemID: o.entry.id})
		}},
		action{wait: tool.delay(), do: func() {
			if call, ok := o.entry.item.(*api.MCPCall); ok {
				o.entry.item, o.entry.fresh = s.finishMCP(call, tool, o.index), true
			}
			r.end(api.ItemStatusCompleted)
		}})
}
