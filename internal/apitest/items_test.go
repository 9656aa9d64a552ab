package apitest

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// itemCase is an item and its JSON.
type itemCase struct {
	item api.Item
	data string
}

// items checks that each item decodes from its JSON and encodes to the same JSON, alone
// and in events.
func items(t *testing.T, cases map[string]itemCase) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			item, err := api.DecodeItem([]byte(c.data))
			require.NoError(t, err)
			assert.Equal(t, c.item, item)
			assert.Equal(t, c.data, encoded(t, item))
			keeps(t, "ServerEvent", `{"type":"conversation.item.added","event_id":"event_1","item":`+c.data+`}`)
			x := &api.ConversationItemCreate{Item: c.item}
			assert.Equal(t, `{"type":"conversation.item.create","item":`+c.data+`}`, encoded(t, x))
		})
	}
}

// TestMessages decodes messages by their role.
func TestMessages(t *testing.T) {
	t.Parallel()
	items(t, map[string]itemCase{
		"system message": {
			&api.SystemMessage{ID: new("item_1"), Content: []api.SystemContent{{Text: "be brief"}}},
			`{"type":"message","role":"system","id":"item_1","content":[{"type":"input_text","text":"be brief"}]}`,
		},
		"user text": {
			&api.UserMessage{Content: []api.UserContent{{Type: api.UserContentTypeInputText, Text: new("hello")}}},
			`{"type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]}`,
		},
		"user audio": {
			&api.UserMessage{Content: []api.UserContent{{Type: api.UserContentTypeInputAudio, Audio: []byte{1, 2}, Transcript: api.Value("hello")}}},
			`{"type":"message","role":"user","content":[{"type":"input_audio","audio":"AQI=","transcript":"hello"}]}`,
		},
		"user image": {
			&api.UserMessage{Content: []api.UserContent{{
				Type: api.UserContentTypeInputImage, ImageURL: new("data:image/png;base64,AQI="), Detail: new(api.InputImageDetailHigh),
			}}},
			`{"type":"message","role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AQI=","detail":"high"}]}`,
		},
		"assistant text": {
			&api.AssistantMessage{Content: []api.AssistantContent{{Type: api.AssistantContentTypeOutputText, Text: new("hi")}}},
			`{"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi"}]}`,
		},
		"assistant audio": {
			&api.AssistantMessage{Content: []api.AssistantContent{{Type: api.AssistantContentTypeOutputAudio, Audio: []byte{1, 2}, Transcript: new("hi")}}},
			`{"type":"message","role":"assistant","content":[{"type":"output_audio","audio":"AQI=","transcript":"hi"}]}`,
		},
		"status": {
			&api.UserMessage{ID: new("item_1"), Object: new("realtime.item"), Status: new(api.ItemStatusIncomplete), Content: []api.UserContent{}},
			`{"type":"message","role":"user","id":"item_1","object":"realtime.item","status":"incomplete","content":[]}`,
		},
	})
}

// TestCallItems decodes function calls and the items of MCP servers.
func TestCallItems(t *testing.T) {
	t.Parallel()
	items(t, map[string]itemCase{
		"function call": {
			&api.FunctionCall{ID: new("item_1"), Status: new(api.ItemStatusInProgress), CallID: "call_1", Name: "transfer", Arguments: `{"to":"sales"}`},
			`{"type":"function_call","id":"item_1","status":"in_progress","call_id":"call_1","name":"transfer","arguments":"{\"to\":\"sales\"}"}`,
		},
		"function call output": {
			&api.FunctionCallOutput{CallID: "call_1", Output: `{"ok":true}`},
			`{"type":"function_call_output","call_id":"call_1","output":"{\"ok\":true}"}`,
		},
		"empty function call output": {
			&api.FunctionCallOutput{CallID: "call_1"},
			`{"type":"function_call_output","call_id":"call_1","output":""}`,
		},
		"MCP call": {
			&api.MCPCall{ID: "item_1", ServerLabel: "crm", Name: "find", Arguments: "{}", ApprovalRequestID: api.NullOf[string](), Output: api.Value("[]"), Error: api.Null{}},
			`{"type":"mcp_call","id":"item_1","server_label":"crm","name":"find","arguments":"{}","approval_request_id":null,"output":"[]","error":null}`,
		},
		"MCP protocol error": {
			&api.MCPCall{ID: "item_1", ServerLabel: "crm", Name: "find", Arguments: "{}", Output: api.NullOf[string](), Error: &api.MCPProtocolError{Code: -32601, Message: "no method"}},
			`{"type":"mcp_call","id":"item_1","server_label":"crm","name":"find","arguments":"{}","output":null,"error":{"type":"protocol_error","code":-32601,"message":"no method"}}`,
		},
		"MCP tool execution error": {
			&api.MCPCall{ID: "item_1", ServerLabel: "crm", Name: "find", Arguments: "{}", Error: &api.MCPToolExecutionError{Message: "failed"}},
			`{"type":"mcp_call","id":"item_1","server_label":"crm","name":"find","arguments":"{}","error":{"type":"tool_execution_error","message":"failed"}}`,
		},
		"MCP HTTP error": {
			&api.MCPCall{ID: "item_1", ServerLabel: "crm", Name: "find", Arguments: "{}", Error: &api.MCPHTTPError{Code: 502, Message: "bad gateway"}},
			`{"type":"mcp_call","id":"item_1","server_label":"crm","name":"find","arguments":"{}","error":{"type":"http_error","code":502,"message":"bad gateway"}}`,
		},
		"MCP approval request": {
			&api.MCPApprovalRequest{ID: "item_1", ServerLabel: "crm", Name: "delete", Arguments: "{}"},
			`{"type":"mcp_approval_request","id":"item_1","server_label":"crm","name":"delete","arguments":"{}"}`,
		},
		"MCP approval response": {
			&api.MCPApprovalResponse{ApprovalRequestID: "item_1", Approve: false, Reason: api.Value("no")},
			`{"type":"mcp_approval_response","approval_request_id":"item_1","approve":false,"reason":"no"}`,
		},
		"MCP list tools": {
			&api.MCPListTools{ServerLabel: "crm", Tools: []api.MCPListedTool{{
				Name: "find", Description: api.NullOf[string](), InputSchema: []byte(`{"type":"object"}`), Annotations: api.Value(json.RawMessage(`{"readOnlyHint":true}`)),
			}}},
			`{"type":"mcp_list_tools","server_label":"crm","tools":[{"name":"find","description":null,"input_schema":{"type":"object"},"annotations":{"readOnlyHint":true}}]}`,
		},
		"item of tomorrow": {
			&api.UnknownItem{Type: "hologram", Raw: []byte(`{"type":"hologram","id":"item_1"}`)},
			`{"type":"hologram","id":"item_1"}`,
		},
		"role of tomorrow": {
			&api.UnknownItem{Type: "message", Raw: []byte(`{"type":"message","role":"referee","content":[]}`)},
			`{"type":"message","role":"referee","content":[]}`,
		},
	})
}

// TestConstructors encodes items that the constructors make.
func TestConstructors(t *testing.T) {
	t.Parallel()
	png := []byte("\x89PNG")
	for want, item := range map[string]api.Item{
		`{"type":"message","role":"system","content":[{"type":"input_text","text":"be \"brief\""}]}`:                       api.SystemText(`be "brief"`),
		`{"type":"message","role":"user","content":[{"type":"input_text","text":"hello <you>"}]}`:                          api.UserText("hello <you>"),
		`{"type":"message","role":"user","content":[{"type":"input_audio","audio":"AQID"}]}`:                               api.UserAudio([]byte{1, 2, 3}),
		`{"type":"message","role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,iVBORw=="}]}`: api.UserImage("image/png", png),
		`{"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi"}]}`:                             api.AssistantText("hi"),
		`{"type":"function_call_output","call_id":"call_1","output":"{}"}`:                                                 api.FunctionOutput("call_1", "{}"),
		`{"type":"function_call_output","call_id":"call_1","output":""}`:                                                   api.FunctionOutput("call_1", ""),
	} {
		x := &api.ConversationItemCreate{Item: item}
		require.NoError(t, x.Validate())
		out, err := x.AppendJSON(nil)
		require.NoError(t, err)
		assert.Equal(t, `{"type":"conversation.item.create","item":`+want+`}`, string(out))
	}
	message := api.UserImage("image/jpeg", []byte("\xff\xd8\xff"))
	message.Content[0].Detail = new(api.InputImageDetailLow)
	assert.Equal(t, `{"type":"message","role":"user","content":[{"type":"input_image","image_url":"data:image/jpeg;base64,/9j/","detail":"low"}]}`, encoded(t, message))
	invalid(t, "item.call_id", &api.ConversationItemCreate{Item: api.FunctionOutput("", "{}")})
	invalid(t, "item.approval_request_id", &api.ConversationItemCreate{Item: &api.MCPApprovalResponse{}})
}

// TestInputItems mixes references and items in the input of a response.
func TestInputItems(t *testing.T) {
	t.Parallel()
	item, err := api.DecodeInputItem([]byte(`{"type":"item_reference","id":"item_1"}`))
	require.NoError(t, err)
	assert.Equal(t, &api.ItemReference{ID: "item_1"}, item)
	item, err = api.DecodeInputItem([]byte(helloJSON))
	require.NoError(t, err)
	assert.Equal(t, hello(), item)
	unknown, err := api.DecodeItem([]byte(`{"type":"item_reference","id":"item_1"}`))
	require.NoError(t, err)
	assert.IsType(t, &api.UnknownItem{}, unknown, "a reference is not an item of the conversation")
}

// TestFunctionArguments decodes the arguments of a function call into a type of the
// program.
func TestFunctionArguments(t *testing.T) {
	t.Parallel()
	x := server[api.ResponseFunctionCallArgumentsDone](t, `{"type":"response.function_call_arguments.done","event_id":"event_1","response_id":"resp_1",
		"item_id":"item_1","output_index":0,"call_id":"call_1","name":"transfer","arguments":"{\"to\":\"sales\",\"after\":2}"}`)
	var arguments struct {
		To    string `json:"to"`
		After int    `json:"after"`
	}
	require.NoError(t, json.Unmarshal([]byte(x.Arguments), &arguments))
	assert.Equal(t, "sales", arguments.To)
	assert.Equal(t, 2, arguments.After)
}
