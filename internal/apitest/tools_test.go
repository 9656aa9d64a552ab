package apitest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// tool returns a session update with one tool, and its JSON.
func tool(x api.Tool, data string) jsonCase {
	return jsonCase{realtimeUpdate(api.RealtimeSessionConfig{Tools: []api.Tool{x}}), sessionJSON(`"tools":[` + data + `]`)}
}

// mcp returns a session update with one MCP tool, and its JSON with these members.
func mcp(m api.MCPTool, members string) jsonCase {
	m.ServerLabel, m.ServerURL = "crm", new("https://mcp.example.com")
	return tool(&m, `{"type":"mcp","server_label":"crm","server_url":"https://mcp.example.com",`+members+`}`)
}

func TestTools(t *testing.T) {
	t.Parallel()
	writes(t, "ClientEvent", map[string]jsonCase{
		"function": tool(
			&api.FunctionTool{Name: "transfer", Description: new("Hands the call over."), Parameters: []byte(`{"type":"object","properties":{"to":{"type":"string"}},"required":["to"]}`)},
			`{"type":"function","name":"transfer","description":"Hands the call over.","parameters":{"type":"object","properties":{"to":{"type":"string"}},"required":["to"]}}`,
		),
		"MCP server":          mcp(api.MCPTool{ServerDescription: new("Customers.")}, `"server_description":"Customers."`),
		"MCP authorization":   mcp(api.MCPTool{Authorization: new("token")}, `"authorization":"token"`),
		"MCP headers":         mcp(api.MCPTool{Headers: api.Value(map[string]string{"X-B": "2", "X-A": "1"})}, `"headers":{"X-A":"1","X-B":"2"}`),
		"MCP allowed list":    mcp(api.MCPTool{AllowedTools: api.MCPToolNames{"find", "list"}}, `"allowed_tools":["find","list"]`),
		"MCP allowed filter":  mcp(api.MCPTool{AllowedTools: &api.MCPToolFilter{ToolNames: []string{"find"}, ReadOnly: new(true)}}, `"allowed_tools":{"tool_names":["find"],"read_only":true}`),
		"MCP allowed null":    mcp(api.MCPTool{AllowedTools: api.Null{}}, `"allowed_tools":null`),
		"MCP approval always": mcp(api.MCPTool{RequireApproval: api.MCPApprovalAlways}, `"require_approval":"always"`),
		"MCP approval never":  mcp(api.MCPTool{RequireApproval: api.MCPApprovalNever}, `"require_approval":"never"`),
		"MCP approval filter": mcp(
			api.MCPTool{RequireApproval: &api.MCPApprovalFilter{Always: &api.MCPToolFilter{ToolNames: []string{"delete"}}, Never: &api.MCPToolFilter{ReadOnly: new(true)}}},
			`"require_approval":{"always":{"tool_names":["delete"]},"never":{"read_only":true}}`,
		),
		"MCP approval null": mcp(api.MCPTool{RequireApproval: api.Null{}}, `"require_approval":null`),
		"MCP callers":       mcp(api.MCPTool{AllowedCallers: api.Value([]api.ToolCaller{api.ToolCallerDirect})}, `"allowed_callers":["direct"]`),
		"MCP deferred":      mcp(api.MCPTool{DeferLoading: new(true)}, `"defer_loading":true`),
		"MCP tunnel": tool(
			&api.MCPTool{ServerLabel: "crm", TunnelID: new("tunnel_" + strings.Repeat("a0", 16))},
			`{"type":"mcp","server_label":"crm","tunnel_id":"tunnel_`+strings.Repeat("a0", 16)+`"}`,
		),
		"tool of tomorrow": tool(
			&api.UnknownTool{Type: "browser", Raw: []byte(`{"type":"browser","headless":true}`)}, `{"type":"browser","headless":true}`,
		),
		"no tools": {realtimeUpdate(api.RealtimeSessionConfig{Tools: []api.Tool{}}), sessionJSON(`"tools":[]`)},
	})
	tools := func(x api.Tool) anyEvent { return realtimeUpdate(api.RealtimeSessionConfig{Tools: []api.Tool{x}}) }
	invalid(t, "session.tools[0].name", tools(&api.FunctionTool{}))
	invalid(t, "session.tools[0].server_label", tools(&api.MCPTool{ServerURL: new("https://mcp.example.com")}))
	invalid(t, "session.tools[0]", tools(&api.MCPTool{ServerLabel: "crm"}))
	invalid(t, "session.tools[0].tunnel_id", tools(&api.MCPTool{ServerLabel: "crm", TunnelID: new("tunnel_1")}))
}

func TestMCPConnectors(t *testing.T) {
	t.Parallel()
	connectors := map[string]api.MCPConnector{
		"connector_dropbox":         api.MCPConnectorDropbox,
		"connector_gmail":           api.MCPConnectorGmail,
		"connector_googlecalendar":  api.MCPConnectorGooglecalendar,
		"connector_googledrive":     api.MCPConnectorGoogledrive,
		"connector_microsoftteams":  api.MCPConnectorMicrosoftteams,
		"connector_outlookcalendar": api.MCPConnectorOutlookcalendar,
		"connector_outlookemail":    api.MCPConnectorOutlookemail,
		"connector_sharepoint":      api.MCPConnectorSharepoint,
	}
	cases := map[string]jsonCase{}
	for name, connector := range connectors {
		mcp := &api.MCPTool{ServerLabel: "crm"}
		mcp.ConnectorID = &connector //nolint:staticcheck // Deprecated by the service, not by this module.
		cases[name] = tool(mcp, `{"type":"mcp","server_label":"crm","connector_id":"`+name+`"}`)
	}
	require.Len(t, cases, 8)
	writes(t, "ClientEvent", cases)
}

func TestToolChoice(t *testing.T) {
	t.Parallel()
	choice := func(c api.ToolChoice, data string) jsonCase {
		return jsonCase{realtimeUpdate(api.RealtimeSessionConfig{ToolChoice: c}), sessionJSON(`"tool_choice":` + data)}
	}
	writes(t, "ClientEvent", map[string]jsonCase{
		"auto":       choice(api.ToolChoiceAuto, `"auto"`),
		"none":       choice(api.ToolChoiceNone, `"none"`),
		"required":   choice(api.ToolChoiceRequired, `"required"`),
		"function":   choice(&api.ToolChoiceFunction{Name: "transfer"}, `{"type":"function","name":"transfer"}`),
		"MCP server": choice(&api.ToolChoiceMCP{ServerLabel: "crm"}, `{"type":"mcp","server_label":"crm"}`),
		"MCP tool":   choice(&api.ToolChoiceMCP{ServerLabel: "crm", Name: api.Value("find")}, `{"type":"mcp","server_label":"crm","name":"find"}`),
		"MCP null":   choice(&api.ToolChoiceMCP{ServerLabel: "crm", Name: api.NullOf[string]()}, `{"type":"mcp","server_label":"crm","name":null}`),
	})
	invalid(t, "session.tool_choice.name", realtimeUpdate(api.RealtimeSessionConfig{ToolChoice: &api.ToolChoiceFunction{}}))
	invalid(t, "session.tool_choice.server_label", realtimeUpdate(api.RealtimeSessionConfig{ToolChoice: &api.ToolChoiceMCP{}}))
}

// TestTwoTools encodes and decodes a function and an MCP server in one session.
func TestTwoTools(t *testing.T) {
	t.Parallel()
	update := realtimeUpdate(api.RealtimeSessionConfig{
		Tools: []api.Tool{
			&api.FunctionTool{Name: "get_weather", Parameters: []byte(`{"type":"object"}`)},
			&api.MCPTool{ServerLabel: "crm", ServerURL: new("https://mcp.example.com"), RequireApproval: api.MCPApprovalNever},
		},
		ToolChoice: api.ToolChoiceAuto,
	})
	x, ok := keeps(t, "ClientEvent", encoded(t, update)).(*api.SessionUpdate)
	require.True(t, ok)
	session, ok := x.Session.(*api.RealtimeSessionConfig)
	require.True(t, ok)
	assert.IsType(t, &api.FunctionTool{}, session.Tools[0])
	assert.IsType(t, &api.MCPTool{}, session.Tools[1])
	assert.Equal(t, update, x)
}
