package realtimetest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// MCPServer is an MCP server that sessions use by its label, whatever address they
// give for it. Listing the tools of an unknown label fails.
type MCPServer struct {
	Label string
	Tools []MCPServerTool
	// Failure makes listing the tools fail, and Delay is how long it takes.
	Failure bool
	Delay   time.Duration
}

// MCPServerTool is a tool of an [MCPServer]. A call returns Output, or fails with
// Error if that is neither nil nor api.Null.
type MCPServerTool struct {
	Name, Description string
	// InputSchema is the JSON schema of the arguments. Nil accepts any object.
	InputSchema json.RawMessage
	// ReadOnly is the hint by which sessions filter tools.
	ReadOnly bool
	Output   string
	Error    api.MCPError
	// Run, if not nil, replaces Output and Error. It is called on the session's
	// goroutine and must not block.
	Run func(arguments string) (string, api.MCPError)
	// Delay is how long a call takes on the server's clock.
	Delay time.Duration
}

// listed returns the tool as the list of tools shows it.
func (t *MCPServerTool) listed() api.MCPListedTool {
	listed := api.MCPListedTool{
		// Not null, since clients take a description for text.
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

// run calls the tool, which is nil if the server has none of that name.
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

// delay returns the duration of a call. t may be nil.
func (t *MCPServerTool) delay() time.Duration {
	if t == nil {
		return 0
	}
	return t.Delay
}

// allowed reports whether a session's filter includes the tool.
func (t *MCPServerTool) allowed(filter api.MCPAllowedTools) bool {
	switch filter := filter.(type) {
	case api.MCPToolNames:
		return slices.Contains(filter, t.Name)
	case *api.MCPToolFilter:
		return t.matches(filter)
	default: // Absent or null.
		return true
	}
}

// needsApproval reports whether a call waits for the client's approval, which is
// the default.
func (t *MCPServerTool) needsApproval(mode api.MCPApproval) bool {
	switch mode := mode.(type) {
	case api.MCPApprovalMode:
		return mode != api.MCPApprovalNever
	case *api.MCPApprovalFilter:
		if mode.Always != nil && t.matches(mode.Always) {
			return true
		}
		return mode.Never == nil || !t.matches(mode.Never)
	default: // Absent or null.
		return true
	}
}

// matches reports whether the tool meets every member of a filter.
func (t *MCPServerTool) matches(f *api.MCPToolFilter) bool {
	if f.ToolNames != nil && !slices.Contains(f.ToolNames, t.Name) {
		return false
	}
	return f.ReadOnly == nil || *f.ReadOnly == t.ReadOnly
}
