package apitest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// jsonCase is an event in Go and its JSON.
type jsonCase struct {
	event anyEvent
	want  string
}

// writes checks that each event is valid, encodes to exactly the given JSON, and
// decodes to an equal event.
func writes(t *testing.T, union string, cases map[string]jsonCase) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, c.event.Validate())
			out, err := c.event.AppendJSON(nil)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(out))
			assert.Equal(t, c.event, keeps(t, union, c.want))
		})
	}
}

// invalid checks that Validate refuses the value at path in x.
func invalid(t *testing.T, path string, x anyEvent) {
	t.Helper()
	var failure *api.ValidationError
	require.ErrorAs(t, x.Validate(), &failure)
	assert.Equal(t, path, failure.Path)
}

func TestClientEvents(t *testing.T) {
	t.Parallel()
	writes(t, "ClientEvent", map[string]jsonCase{
		"conversation.item.create": {
			&api.ConversationItemCreate{EventID: new("mine"), Item: api.UserText("hello")},
			`{"type":"conversation.item.create","event_id":"mine","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]}}`,
		},
		"conversation.item.create first": {
			&api.ConversationItemCreate{PreviousItemID: new("root"), Item: api.SystemText("be brief")},
			`{"type":"conversation.item.create","previous_item_id":"root","item":{"type":"message","role":"system","content":[{"type":"input_text","text":"be brief"}]}}`,
		},
		"conversation.item.create behind another": {
			&api.ConversationItemCreate{PreviousItemID: new("item_1"), Item: api.AssistantText("hi")},
			`{"type":"conversation.item.create","previous_item_id":"item_1","item":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi"}]}}`,
		},
		"conversation.item.delete": {
			&api.ConversationItemDelete{ItemID: "item_1"},
			`{"type":"conversation.item.delete","item_id":"item_1"}`,
		},
		"conversation.item.retrieve": {
			&api.ConversationItemRetrieve{ItemID: "item_1"},
			`{"type":"conversation.item.retrieve","item_id":"item_1"}`,
		},
		"conversation.item.truncate": {
			&api.ConversationItemTruncate{ItemID: "item_1", AudioEndMS: 1500},
			`{"type":"conversation.item.truncate","item_id":"item_1","content_index":0,"audio_end_ms":1500}`,
		},
		"input_audio_buffer.append": {
			&api.InputAudioBufferAppend{Audio: []byte{1, 2, 3, 4}},
			`{"type":"input_audio_buffer.append","audio":"AQIDBA=="}`,
		},
		"input_audio_buffer.clear":  {&api.InputAudioBufferClear{}, `{"type":"input_audio_buffer.clear"}`},
		"input_audio_buffer.commit": {&api.InputAudioBufferCommit{}, `{"type":"input_audio_buffer.commit"}`},
		"output_audio_buffer.clear": {&api.OutputAudioBufferClear{EventID: new("mine")}, `{"type":"output_audio_buffer.clear","event_id":"mine"}`},
		"response.cancel":           {&api.ResponseCancel{}, `{"type":"response.cancel"}`},
		"response.cancel by id":     {&api.ResponseCancel{ResponseID: new("resp_1")}, `{"type":"response.cancel","response_id":"resp_1"}`},
		"response.create":           {&api.ResponseCreate{}, `{"type":"response.create"}`},
		"session.update": {
			realtimeUpdate(api.RealtimeSessionConfig{Instructions: new("be brief")}),
			`{"type":"session.update","session":{"type":"realtime","instructions":"be brief"}}`,
		},
	})
}

func TestTranslationClientEvents(t *testing.T) {
	t.Parallel()
	writes(t, "TranslationClientEvent", map[string]jsonCase{
		"session.update": {
			&api.TranslationSessionUpdate{Session: api.TranslationSessionChange{Audio: &api.TranslationAudio{
				Input: &api.TranslationAudioInput{
					Transcription:  api.Value(api.TranslationTranscription{Model: "gpt-4o-transcribe"}),
					NoiseReduction: api.NullOf[api.NoiseReduction](),
				},
				Output: &api.TranslationAudioOutput{Language: new("fr")},
			}}},
			`{"type":"session.update","session":{"audio":{"input":{"transcription":{"model":"gpt-4o-transcribe"},"noise_reduction":null},"output":{"language":"fr"}}}}`,
		},
		"session.input_audio_buffer.append": {
			&api.TranslationInputAudioBufferAppend{Audio: []byte{0, 0}},
			`{"type":"session.input_audio_buffer.append","audio":"AAA="}`,
		},
		"session.close": {&api.TranslationSessionClose{}, `{"type":"session.close"}`},
	})
}

// TestEventIDs checks the bounds of ids that clients choose.
func TestEventIDs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 512)
	require.NoError(t, (&api.ResponseCancel{EventID: &long}).Validate())
	invalid(t, "event_id", &api.ResponseCancel{EventID: new(long + "e")})
	require.NoError(t, (&api.ConversationItemCreate{EventID: &long, Item: hello()}).Validate())
	invalid(t, "event_id", &api.ConversationItemCreate{EventID: new(long + "e"), Item: hello()})
	assert.Equal(t, "mine", api.ClientEventID(&api.ResponseCancel{EventID: new("mine")}))
	assert.Empty(t, api.ClientEventID(&api.ResponseCancel{}))
	assert.Equal(t, "event_1", api.ServerEventID(&api.InputAudioBufferCleared{EventID: "event_1"}))
	assert.Empty(t, api.ServerEventID(&api.InputAudioBufferDTMFEventReceived{}))
}

// create returns an event that requests a response with these parameters.
func create(p api.ResponseParams) *api.ResponseCreate { return &api.ResponseCreate{Response: &p} }

// TestResponseCreate encodes the parameters that shape a response.
func TestResponseCreate(t *testing.T) {
	t.Parallel()
	writes(t, "ClientEvent", map[string]jsonCase{
		"output modalities": {
			create(api.ResponseParams{OutputModalities: []api.Modality{api.ModalityText}}),
			`{"type":"response.create","response":{"output_modalities":["text"]}}`,
		},
		"instructions and metadata": {
			create(api.ResponseParams{Instructions: new("be brief"), Metadata: api.Value(api.Metadata{"b": "2", "a": "1"})}),
			`{"type":"response.create","response":{"instructions":"be brief","metadata":{"a":"1","b":"2"}}}`,
		},
		"no metadata": {
			create(api.ResponseParams{Metadata: api.NullOf[api.Metadata]()}),
			`{"type":"response.create","response":{"metadata":null}}`,
		},
		"voice and format": {
			create(api.ResponseParams{Audio: &api.ResponseAudio{Output: &api.ResponseAudioOutput{Format: &api.AudioPCMU{}, Voice: api.VoiceMarin}}}),
			`{"type":"response.create","response":{"audio":{"output":{"format":{"type":"audio/pcmu"},"voice":"marin"}}}}`,
		},
		"tools": {
			create(api.ResponseParams{
				Tools:             []api.Tool{&api.FunctionTool{Name: "transfer"}, &api.MCPTool{ServerLabel: "crm", ServerURL: new("https://mcp.example.com")}},
				ToolChoice:        api.ToolChoiceRequired,
				ParallelToolCalls: new(false),
			}),
			`{"type":"response.create","response":{"tools":[{"type":"function","name":"transfer"},{"type":"mcp","server_label":"crm","server_url":"https://mcp.example.com"}],"tool_choice":"required","parallel_tool_calls":false}}`,
		},
		"token limit": {
			create(api.ResponseParams{MaxOutputTokens: api.TokenLimit(200)}),
			`{"type":"response.create","response":{"max_output_tokens":200}}`,
		},
		"no token limit": {
			create(api.ResponseParams{MaxOutputTokens: api.TokenLimitInf}),
			`{"type":"response.create","response":{"max_output_tokens":"inf"}}`,
		},
	})
}

// TestResponseInput encodes the input of a response and its conversation.
func TestResponseInput(t *testing.T) {
	t.Parallel()
	writes(t, "ClientEvent", map[string]jsonCase{
		"out of band": {
			create(api.ResponseParams{Conversation: new(api.ResponseConversationNone), Input: []api.InputItem{}}),
			`{"type":"response.create","response":{"conversation":"none","input":[]}}`,
		},
		"in the conversation": {
			create(api.ResponseParams{Conversation: new(api.ResponseConversationAuto)}),
			`{"type":"response.create","response":{"conversation":"auto"}}`,
		},
		"conversation of tomorrow": {
			create(api.ResponseParams{Conversation: new(api.ResponseConversation("side"))}),
			`{"type":"response.create","response":{"conversation":"side"}}`,
		},
		"input": {
			create(api.ResponseParams{Input: []api.InputItem{&api.ItemReference{ID: "item_1"}, api.UserText("hello")}}),
			`{"type":"response.create","response":{"input":[{"type":"item_reference","id":"item_1"},{"type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]}]}}`,
		},
		"prompt": {
			create(api.ResponseParams{Prompt: api.Value(api.Prompt{ID: "pmpt_1", Version: api.Value("2"), Variables: api.Value(api.PromptVariables{
				"name": api.PromptString("Ada"), "place": &api.PromptText{Text: "Paris"},
			})})}),
			`{"type":"response.create","response":{"prompt":{"id":"pmpt_1","version":"2","variables":{"name":"Ada","place":{"type":"input_text","text":"Paris"}}}}}`,
		},
		"reasoning": {
			create(api.ResponseParams{Reasoning: &api.Reasoning{Effort: new(api.ReasoningEffortLow)}}),
			`{"type":"response.create","response":{"reasoning":{"effort":"low"}}}`,
		},
	})
}

// TestResponseCreateBounds checks that Validate refuses parameters that the service
// refuses.
func TestResponseCreateBounds(t *testing.T) {
	t.Parallel()
	many := api.Metadata{}
	for i := range 17 {
		many[strings.Repeat("k", i)] = ""
	}
	for path, p := range map[string]api.ResponseParams{
		"response.output_modalities":     {OutputModalities: []api.Modality{api.ModalityText, api.ModalityAudio}},
		"response.max_output_tokens":     {MaxOutputTokens: api.TokenLimit(4097)},
		"response.metadata":              {Metadata: api.Value(many)},
		"response.metadata.k":            {Metadata: api.Value(api.Metadata{"k": strings.Repeat("v", 513)})},
		"response.input[1].id":           {Input: []api.InputItem{api.UserText("hello"), &api.ItemReference{}}},
		"response.tools[0].name":         {Tools: []api.Tool{&api.FunctionTool{}}},
		"response.audio.output.voice.id": {Audio: &api.ResponseAudio{Output: &api.ResponseAudioOutput{Voice: &api.CustomVoice{}}}},
	} {
		invalid(t, path, &api.ResponseCreate{Response: &p})
	}
	long := api.Metadata{strings.Repeat("k", 65): ""}
	invalid(t, "response.metadata", &api.ResponseCreate{Response: &api.ResponseParams{Metadata: api.Value(long)}})
}

// TestOlderResponseParams keeps former members of response.create, and sends them
// through Extra.
func TestOlderResponseParams(t *testing.T) {
	t.Parallel()
	const data = `{"type":"response.create","response":{"modalities":["text"],"voice":"alloy","output_audio_format":"pcm16","temperature":0.8}}`
	x, ok := keeps(t, "ClientEvent", data).(*api.ResponseCreate)
	require.True(t, ok)
	for name, want := range map[string]string{"modalities": `["text"]`, "voice": `"alloy"`, "output_audio_format": `"pcm16"`, "temperature": `0.8`} {
		assert.JSONEq(t, want, extra(t, x.Response.Extra, name))
	}
	var p api.ResponseParams
	p.Extra.Set("temperature", []byte("0.8"))
	assert.JSONEq(t, `{"type":"response.create","response":{"temperature":0.8}}`, encoded(t, api.ResponseCreate{Response: &p}))
}
