package otelrealtime

import (
	"time"

	"go.opentelemetry.io/otel/codes"

	"github.com/voicelane/realtime-go/gen/api"
)

// mcpCalled begins the span of a call at an MCP server, below the response that r is. with
// is the id of what the call belongs to: that response, or the request that was approved.
func (s *Session) mcpCalled(r *response, call *api.MCPCall, with string, now time.Time) {
	if call.ID == "" || s.tools[call.ID] != nil {
		return
	}
	x := s.beginTool(r, call.Name, "extension", call.ID, call.Arguments, now)
	x.response, s.tools[call.ID] = with, x
}

// mcpApproved begins the span of a call that runs after an approval. It belongs to no
// response: that which asked for the approval may have ended.
func (s *Session) mcpApproved(item api.Item, now time.Time) {
	call, ok := item.(*api.MCPCall)
	if !ok {
		return
	}
	request, _ := call.ApprovalRequestID.Get()
	if r := s.asked[request]; r != nil {
		delete(s.asked, request)
		s.mcpCalled(r, call, request, now)
	}
}

// mcpArguments notes the arguments of a call that began without.
func (s *Session) mcpArguments(id, arguments string) {
	if x := s.tools[id]; x != nil && s.t.o.Content {
		x.span.SetAttributes(keyToolArguments.String(arguments))
	}
}

// mcpDone ends the span of a call at an MCP server with its outcome. Without one its response
// was cut.
func (s *Session) mcpDone(item api.Item, now time.Time) {
	call, ok := item.(*api.MCPCall)
	if !ok {
		return
	}
	failure := ""
	if _, none := call.Error.(api.Null); call.Error != nil && !none {
		failure = "mcp"
	}
	if output, ok := call.Output.Get(); ok || failure != "" {
		s.endTool(call.ID, output, failure, now)
	}
}

// endTools ends the calls at MCP servers that had no outcome when their response was over.
// cut is why, "" if that was whole.
func (s *Session) endTools(response, cut string, now time.Time) {
	for id, x := range s.tools {
		if x.response == response {
			s.cutTool(id, cut, now)
		}
	}
}

// cutTool ends a call at an MCP server that has no outcome, if id is one.
func (s *Session) cutTool(id, cut string, now time.Time) {
	x := s.tools[id]
	if x == nil || x.response == "" {
		return
	}
	delete(s.tools, id)
	if cut != "" {
		x.span.SetStatus(codes.Error, cut)
	}
	s.toolOver(x, now)
}
