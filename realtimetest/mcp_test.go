package realtimetest_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// docs is an MCP server with a reading, a writing and a failing tool.
var docs = realtimetest.MCPServer{Label: "docs", Delay: time.Millisecond, Tools: []realtimetest.MCPServerTool{
	{Name: "search", ReadOnly: true, InputSchema: json.RawMessage(`{"type":"object"}`), Output: "found", Error: api.Null{}},
	{Name: "erase", Run: func(arguments string) (string, api.MCPError) { return "erased " + arguments, nil }},
	{Name: "break", Error: &api.MCPToolExecutionError{Message: "broken"}},
}}

// withMCP starts a session with the given settings of the server.
func withMCP(t *testing.T, settings string, tools ...string) *client {
	t.Helper()
	var rules []realtimetest.Rule
	for _, name := range tools {
		rules = append(rules, realtimetest.Rule{Times: 1, Do: []realtimetest.Step{
			realtimetest.MCPCall{Server: "docs", Name: name, Arguments: `{"a":1}`},
		}})
	}
	c, _ := start(t, &realtimetest.Config{Script: realtimetest.Script{
		Rules: rules, MCP: []realtimetest.MCPServer{docs, {Label: "down", Failure: true}},
	}})
	c.send(`{"type":"session.update","session":{"type":"realtime","output_modalities":["text"],"tools":[` + settings + `]}}`)
	return c
}

const docsNever = `{"type":"mcp","server_label":"docs","server_url":"https://docs.example.com","require_approval":"never"}`

var listing = []string{
	"session.updated", "conversation.item.added", "mcp_list_tools.in_progress", "conversation.item.done", "mcp_list_tools.completed",
}

func TestMCPToolsAreListedOnce(t *testing.T) {
	t.Parallel()
	c := withMCP(t, docsNever)
	events := c.expect(listing...)
	item := as[*api.MCPListTools](t, first[*api.ConversationItemDone](t, events).Item)
	require.Len(t, item.Tools, 3)
	assert.Equal(t, "search", item.Tools[0].Name)
	assert.JSONEq(t, `{"readOnlyHint":true}`, string(as[json.RawMessage](t, second(item.Tools[0].Annotations.Get()))))
	c.send(textOnly)
	c.expect("session.updated")
	c.quiet()
}

// second drops the flag of a value.
func second[T any](v T, _ bool) any { return v }

func TestMCPListingCanBeFilteredAndFail(t *testing.T) {
	t.Parallel()
	c := withMCP(t, `{"type":"mcp","server_label":"docs","server_url":"https://d.example","allowed_tools":{"read_only":true}}`)
	item := as[*api.MCPListTools](t, first[*api.ConversationItemDone](t, c.expect(listing...)).Item)
	assert.Len(t, item.Tools, 1)
	for _, label := range []string{"down", "unknown"} {
		c := withMCP(t, `{"type":"mcp","server_label":"`+label+`","server_url":"https://d.example"}`)
		c.expect("session.updated", "conversation.item.added", "mcp_list_tools.in_progress", "mcp_list_tools.failed")
	}
}

func TestMCPCallsRunWithinTheirResponse(t *testing.T) {
	t.Parallel()
	c := withMCP(t, docsNever, "search", "break", "nothing")
	c.expect(listing...)
	start := []string{
		"response.created", "response.output_item.added", "conversation.item.added", "response.mcp_call_arguments.delta",
		"response.mcp_call_arguments.done", "response.mcp_call.in_progress",
	}
	end := []string{"response.output_item.done", "conversation.item.done", "response.done completed", "rate_limits.updated"}
	for i, outcome := range []string{"completed", "failed", "failed"} {
		c.send(respond)
		events := c.expect(append(append(append([]string(nil), start...), "response.mcp_call."+outcome), end...)...)
		call := as[*api.MCPCall](t, first[*api.ResponseOutputItemDone](t, events).Item)
		output, ok := call.Output.Get()
		assert.Equal(t, i == 0, ok)
		assert.Equal(t, ok, output == "found")
		assert.JSONEq(t, `{"a":1}`, call.Arguments)
		if i == 2 {
			assert.IsType(t, &api.MCPProtocolError{}, call.Error)
		}
	}
}

func TestMCPApprovals(t *testing.T) {
	t.Parallel()
	c := withMCP(t, `{"type":"mcp","server_label":"docs","server_url":"https://d.example","require_approval":{"never":{"read_only":true}}}`,
		"search", "erase", "erase")
	c.expect(listing...)
	c.send(respond)
	first[*api.ResponseMCPCallCompleted](t, c.until("rate_limits.updated"))

	for _, approve := range []string{"true", "false"} {
		c.send(respond)
		events := c.until("rate_limits.updated")
		request := as[*api.MCPApprovalRequest](t, first[*api.ResponseOutputItemDone](t, events).Item)
		assert.Equal(t, "erase", request.Name)
		answer := `{"type":"conversation.item.create","item":{"type":"mcp_approval_response","approval_request_id":"` + request.ID + `","approve":` + approve + `}}`
		c.send(answer)
		c.expect("conversation.item.added", "conversation.item.done")
		if approve == "true" {
			events = c.expect("conversation.item.added", "response.mcp_call.in_progress", "response.mcp_call.completed", "conversation.item.done")
			call := as[*api.MCPCall](t, first[*api.ConversationItemDone](t, events).Item)
			assert.Equal(t, api.Value(`erased {"a":1}`), call.Output)
			assert.Equal(t, api.Value(request.ID), call.ApprovalRequestID)
			c.send(answer)
			c.expect("error item_not_found item.approval_request_id")
		}
	}
	c.quiet()
	c.send(respond)
	done := first[*api.ResponseOutputTextDone](t, c.until("rate_limits.updated"))
	assert.NotContains(t, done.Text, "erased", "what was returned before the last response is not returned again")
}
