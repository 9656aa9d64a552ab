package apitest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// position holds the first members of most events of a response.
const position = `"event_id":"event_1","response_id":"resp_1","item_id":"item_1","output_index":2,"content_index":3`

// eventCase is the JSON of an event, without its type, and the event that it decodes
// to.
type eventCase struct {
	data string
	want anyEvent
}

// decodes checks that each event decodes to the event of its case and encodes to the
// same JSON. The name of a case is the type of its event.
func decodes(t *testing.T, union string, cases map[string]eventCase) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := keeps(t, union, `{"type":"`+name+`",`+c.data+`}`)
			assert.Equal(t, c.want, x)
			assert.Equal(t, name, x.EventType())
			require.NoError(t, x.Validate())
		})
	}
}

// hello returns a message for events that have an item.
func hello() *api.UserMessage {
	return &api.UserMessage{ID: new("item_1"), Content: []api.UserContent{{Type: api.UserContentTypeInputText, Text: new("hello")}}}
}

const helloJSON = `{"type":"message","role":"user","id":"item_1","content":[{"type":"input_text","text":"hello"}]}`

func TestConversationEvents(t *testing.T) {
	t.Parallel()
	decodes(t, "ServerEvent", map[string]eventCase{
		"conversation.created": {
			`"event_id":"event_1","conversation":{"id":"conv_1","object":"realtime.conversation"}`,
			&api.ConversationCreated{EventID: "event_1", Conversation: api.Conversation{ID: "conv_1"}},
		},
		"conversation.item.created": {
			`"event_id":"event_1","previous_item_id":null,"item":` + helloJSON,
			&api.ConversationItemCreated{EventID: "event_1", PreviousItemID: api.NullOf[string](), Item: hello()},
		},
		"conversation.item.added": {
			`"event_id":"event_1","previous_item_id":"item_0","item":` + helloJSON,
			&api.ConversationItemAdded{EventID: "event_1", PreviousItemID: api.Value("item_0"), Item: hello()},
		},
		"conversation.item.done": {
			`"event_id":"event_1","previous_item_id":"item_0","item":` + helloJSON,
			&api.ConversationItemDone{EventID: "event_1", PreviousItemID: api.Value("item_0"), Item: hello()},
		},
		"conversation.item.retrieved": {
			`"event_id":"event_1","item":` + helloJSON,
			&api.ConversationItemRetrieved{EventID: "event_1", Item: hello()},
		},
		"conversation.item.deleted": {
			`"event_id":"event_1","item_id":"item_1"`,
			&api.ConversationItemDeleted{EventID: "event_1", ItemID: "item_1"},
		},
		"conversation.item.truncated": {
			`"event_id":"event_1","item_id":"item_1","content_index":0,"audio_end_ms":1500`,
			&api.ConversationItemTruncated{EventID: "event_1", ItemID: "item_1", AudioEndMS: 1500},
		},
	})
}

func TestTranscriptionEvents(t *testing.T) {
	t.Parallel()
	const head = `"event_id":"event_1","item_id":"item_1","content_index":1,`
	decodes(t, "ServerEvent", map[string]eventCase{
		"conversation.item.input_audio_transcription.completed": {
			head + `"transcript":"hello","languages":[{"code":"en"}],"logprobs":[{"token":"he","logprob":-0.25,"bytes":[104,101]}],
				"usage":{"type":"tokens","input_tokens":22,"input_token_details":{"text_tokens":0,"audio_tokens":22},"output_tokens":13,"total_tokens":35}`,
			&api.ConversationItemInputAudioTranscriptionCompleted{
				EventID: "event_1", ItemID: "item_1", ContentIndex: 1, Transcript: "hello",
				Languages: []api.TranscriptionLanguage{{Code: "en"}},
				Logprobs:  api.Value([]api.LogProb{{Token: "he", Logprob: -0.25, Bytes: []int{104, 101}}}),
				Usage: &api.TranscriptionTokenUsage{
					InputTokens: 22, InputTokenDetails: &api.TranscriptionTokenDetails{AudioTokens: 22}, OutputTokens: 13, TotalTokens: 35,
				},
			},
		},
		"conversation.item.input_audio_transcription.delta": {
			head + `"delta":"hel","logprobs":null,"obfuscation":"aLxx0"`,
			&api.ConversationItemInputAudioTranscriptionDelta{
				EventID: "event_1", ItemID: "item_1", ContentIndex: 1, Delta: "hel",
				Logprobs: api.NullOf[[]api.LogProb](), Obfuscation: new("aLxx0"),
			},
		},
		"conversation.item.input_audio_transcription.segment": {
			head + `"text":"hello","id":"seg_1","speaker":"A","start":0.5,"end":1.75`,
			&api.ConversationItemInputAudioTranscriptionSegment{
				EventID: "event_1", ItemID: "item_1", ContentIndex: 1, Text: "hello", ID: "seg_1", Speaker: "A", Start: 0.5, End: 1.75,
			},
		},
		"conversation.item.input_audio_transcription.failed": {
			head + `"error":{"type":"transcription_error","code":"audio_unintelligible","message":"no words","param":null}`,
			&api.ConversationItemInputAudioTranscriptionFailed{
				EventID: "event_1", ItemID: "item_1", ContentIndex: 1,
				Error: api.TranscriptionError{Type: "transcription_error", Code: api.Value("audio_unintelligible"), Message: "no words", Param: api.NullOf[string]()},
			},
		},
	})
}

func TestBufferEvents(t *testing.T) {
	t.Parallel()
	decodes(t, "ServerEvent", map[string]eventCase{
		"input_audio_buffer.cleared": {`"event_id":"event_1"`, &api.InputAudioBufferCleared{EventID: "event_1"}},
		"input_audio_buffer.committed": {
			`"event_id":"event_1","previous_item_id":"item_0","item_id":"item_1"`,
			&api.InputAudioBufferCommitted{EventID: "event_1", PreviousItemID: api.Value("item_0"), ItemID: "item_1"},
		},
		"input_audio_buffer.speech_started": {
			`"event_id":"event_1","audio_start_ms":1000,"item_id":"item_1"`,
			&api.InputAudioBufferSpeechStarted{EventID: "event_1", AudioStartMS: 1000, ItemID: "item_1"},
		},
		"input_audio_buffer.speech_stopped": {
			`"event_id":"event_1","audio_end_ms":2000,"item_id":"item_1"`,
			&api.InputAudioBufferSpeechStopped{EventID: "event_1", AudioEndMS: 2000, ItemID: "item_1"},
		},
		"input_audio_buffer.timeout_triggered": {
			`"event_id":"event_1","audio_start_ms":13216,"audio_end_ms":19232,"item_id":"item_1"`,
			&api.InputAudioBufferTimeoutTriggered{EventID: "event_1", AudioStartMS: 13216, AudioEndMS: 19232, ItemID: "item_1"},
		},
		"input_audio_buffer.dtmf_event_received": {
			`"event":"9","received_at":1763605109`,
			&api.InputAudioBufferDTMFEventReceived{Event: "9", ReceivedAt: 1763605109},
		},
		"output_audio_buffer.started": {
			`"event_id":"event_1","response_id":"resp_1"`,
			&api.OutputAudioBufferStarted{EventID: "event_1", ResponseID: "resp_1"},
		},
		"output_audio_buffer.stopped": {
			`"event_id":"event_1","response_id":"resp_1"`,
			&api.OutputAudioBufferStopped{EventID: "event_1", ResponseID: "resp_1"},
		},
		"output_audio_buffer.cleared": {
			`"event_id":"event_1","response_id":"resp_1"`,
			&api.OutputAudioBufferCleared{EventID: "event_1", ResponseID: "resp_1"},
		},
	})
}

func TestResponseEvents(t *testing.T) {
	t.Parallel()
	const running = `"response":{"id":"resp_1","object":"realtime.response","status":"in_progress","output":[]}`
	response := api.Response{ID: "resp_1", Object: new("realtime.response"), Status: api.ResponseStatusInProgress, Output: []api.Item{}}
	decodes(t, "ServerEvent", map[string]eventCase{
		"response.created": {`"event_id":"event_1",` + running, &api.ResponseCreated{EventID: "event_1", Response: response}},
		"response.done":    {`"event_id":"event_1",` + running, &api.ResponseDone{EventID: "event_1", Response: response}},
		"response.output_item.added": {
			`"event_id":"event_1","response_id":"resp_1","output_index":2,"item":` + helloJSON,
			&api.ResponseOutputItemAdded{EventID: "event_1", ResponseID: "resp_1", OutputIndex: 2, Item: hello()},
		},
		"response.output_item.done": {
			`"event_id":"event_1","response_id":"resp_1","output_index":2,"item":` + helloJSON,
			&api.ResponseOutputItemDone{EventID: "event_1", ResponseID: "resp_1", OutputIndex: 2, Item: hello()},
		},
		"response.content_part.added": {
			position + `,"part":{"type":"audio","transcript":""}`,
			&api.ResponseContentPartAdded{
				EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, ContentIndex: 3,
				Part: api.ContentPart{Type: api.ContentPartTypeAudio, Transcript: new("")},
			},
		},
		"response.content_part.done": {
			position + `,"part":{"type":"text","text":"hi"}`,
			&api.ResponseContentPartDone{
				EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, ContentIndex: 3,
				Part: api.ContentPart{Type: api.ContentPartTypeText, Text: new("hi")},
			},
		},
	})
}

func TestOutputEvents(t *testing.T) {
	t.Parallel()
	decodes(t, "ServerEvent", map[string]eventCase{
		"response.output_audio.delta": {
			position + `,"delta":"AQID"`,
			&api.ResponseOutputAudioDelta{EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, ContentIndex: 3, Delta: []byte{1, 2, 3}},
		},
		"response.output_audio.done": {
			position,
			&api.ResponseOutputAudioDone{EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, ContentIndex: 3},
		},
		"response.output_audio_transcript.delta": {
			position + `,"delta":"hel"`,
			&api.ResponseOutputAudioTranscriptDelta{EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, ContentIndex: 3, Delta: "hel"},
		},
		"response.output_audio_transcript.done": {
			position + `,"transcript":"hello"`,
			&api.ResponseOutputAudioTranscriptDone{EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, ContentIndex: 3, Transcript: "hello"},
		},
		"response.output_text.delta": {
			position + `,"delta":"hel"`,
			&api.ResponseOutputTextDelta{EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, ContentIndex: 3, Delta: "hel"},
		},
		"response.output_text.done": {
			position + `,"text":"hello"`,
			&api.ResponseOutputTextDone{EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, ContentIndex: 3, Text: "hello"},
		},
	})
}

func TestCallEvents(t *testing.T) {
	t.Parallel()
	const head = `"event_id":"event_1","response_id":"resp_1","item_id":"item_1","output_index":2,`
	const progress = `"event_id":"event_1","output_index":2,"item_id":"item_1"`
	decodes(t, "ServerEvent", map[string]eventCase{
		"response.function_call_arguments.delta": {
			head + `"call_id":"call_1","delta":"{\"a\""`,
			&api.ResponseFunctionCallArgumentsDelta{EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, CallID: "call_1", Delta: `{"a"`},
		},
		"response.function_call_arguments.done": {
			head + `"call_id":"call_1","name":"transfer","arguments":"{\"a\":1}"`,
			&api.ResponseFunctionCallArgumentsDone{
				EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, CallID: "call_1", Name: "transfer", Arguments: `{"a":1}`,
			},
		},
		"response.mcp_call_arguments.delta": {
			head + `"delta":"{","obfuscation":null`,
			&api.ResponseMCPCallArgumentsDelta{EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, Delta: "{", Obfuscation: api.NullOf[string]()},
		},
		"response.mcp_call_arguments.done": {
			head + `"arguments":"{}"`,
			&api.ResponseMCPCallArgumentsDone{EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", OutputIndex: 2, Arguments: "{}"},
		},
		"response.mcp_call.in_progress": {progress, &api.ResponseMCPCallInProgress{EventID: "event_1", OutputIndex: 2, ItemID: "item_1"}},
		"response.mcp_call.completed":   {progress, &api.ResponseMCPCallCompleted{EventID: "event_1", OutputIndex: 2, ItemID: "item_1"}},
		"response.mcp_call.failed":      {progress, &api.ResponseMCPCallFailed{EventID: "event_1", OutputIndex: 2, ItemID: "item_1"}},
		"mcp_list_tools.in_progress":    {`"event_id":"event_1","item_id":"item_1"`, &api.MCPListToolsInProgress{EventID: "event_1", ItemID: "item_1"}},
		"mcp_list_tools.completed":      {`"event_id":"event_1","item_id":"item_1"`, &api.MCPListToolsCompleted{EventID: "event_1", ItemID: "item_1"}},
		"mcp_list_tools.failed":         {`"event_id":"event_1","item_id":"item_1"`, &api.MCPListToolsFailed{EventID: "event_1", ItemID: "item_1"}},
	})
}

func TestSessionEvents(t *testing.T) {
	t.Parallel()
	realtime := &api.RealtimeSession{ID: "sess_1", Model: api.ModelGPTRealtime, OutputModalities: []api.Modality{api.ModalityAudio}}
	transcription := &api.TranscriptionSession{ID: "sess_1", Object: "realtime.transcription_session"}
	decodes(t, "ServerEvent", map[string]eventCase{
		"session.created": {
			`"event_id":"event_1","session":{"type":"realtime","id":"sess_1","object":"realtime.session","model":"gpt-realtime","output_modalities":["audio"]}`,
			&api.SessionCreated{EventID: "event_1", Session: realtime},
		},
		"session.updated": {
			`"event_id":"event_1","session":{"type":"transcription","id":"sess_1","object":"realtime.transcription_session"}`,
			&api.SessionUpdated{EventID: "event_1", Session: transcription},
		},
		"rate_limits.updated": {
			`"event_id":"event_1","rate_limits":[{"name":"requests","limit":1000,"remaining":999,"reset_seconds":60},{"name":"tokens","limit":50000,"remaining":49950,"reset_seconds":0.5}]`,
			&api.RateLimitsUpdated{EventID: "event_1", RateLimits: []api.RateLimit{
				{Name: api.RateLimitNameRequests, Limit: 1000, Remaining: 999, ResetSeconds: 60},
				{Name: api.RateLimitNameTokens, Limit: 50000, Remaining: 49950, ResetSeconds: 0.5},
			}},
		},
		"error": {
			`"event_id":"event_1","error":{"type":"invalid_request_error","code":"invalid_event","message":"no type","param":null,"event_id":"mine"}`,
			&api.ErrorEvent{EventID: "event_1", Error: api.Error{
				Type: "invalid_request_error", Code: api.Value("invalid_event"), Message: "no type", Param: api.NullOf[string](), EventID: api.Value("mine"),
			}},
		},
	})
}

// TestPartialRateLimits decodes rate limits with missing members.
func TestPartialRateLimits(t *testing.T) {
	t.Parallel()
	x := server[api.RateLimitsUpdated](t, `{"type":"rate_limits.updated","event_id":"event_1","rate_limits":[{"name":"requests"},{"limit":3},{"name":"minutes"}]}`)
	require.Len(t, x.RateLimits, 3)
	assert.Equal(t, 3, x.RateLimits[1].Limit)
	assert.EqualValues(t, "minutes", x.RateLimits[2].Name)
	assert.JSONEq(t, `{"type":"rate_limits.updated","event_id":"event_1","rate_limits":[{"name":"requests"},{"limit":3},{"name":"minutes"}]}`, encoded(t, x))
}

func TestTranslationEvents(t *testing.T) {
	t.Parallel()
	const session = `"session":{"type":"translation","id":"sess_1","expires_at":1756324832,"model":"m","audio":{"output":{"language":"fr"}}}`
	want := api.TranslationSession{ID: "sess_1", ExpiresAt: 1756324832, Model: "m", Audio: api.TranslationAudio{Output: &api.TranslationAudioOutput{Language: new("fr")}}}
	decodes(t, "TranslationServerEvent", map[string]eventCase{
		"session.created": {`"event_id":"event_1",` + session, &api.TranslationSessionCreated{EventID: "event_1", Session: want}},
		"session.updated": {`"event_id":"event_1",` + session, &api.TranslationSessionUpdated{EventID: "event_1", Session: want}},
		"session.closed":  {`"event_id":"event_1"`, &api.TranslationSessionClosed{EventID: "event_1"}},
		"session.input_transcript.delta": {
			`"event_id":"event_1","delta":"good","elapsed_ms":200`,
			&api.TranslationInputTranscriptDelta{EventID: "event_1", Delta: "good", ElapsedMS: api.Value(200)},
		},
		"session.output_transcript.delta": {
			`"event_id":"event_1","delta":"bon","elapsed_ms":null`,
			&api.TranslationOutputTranscriptDelta{EventID: "event_1", Delta: "bon", ElapsedMS: api.NullOf[int]()},
		},
		"session.output_audio.delta": {
			`"event_id":"event_1","delta":"AAA=","sample_rate":24000,"channels":1,"format":"pcm16","elapsed_ms":200`,
			&api.TranslationOutputAudioDelta{
				EventID: "event_1", Delta: []byte{0, 0}, SampleRate: new(24000), Channels: new(1), Format: new("pcm16"), ElapsedMS: api.Value(200),
			},
		},
		"error": {
			`"event_id":"event_1","error":{"type":"server_error","message":"sorry"}`,
			&api.ErrorEvent{EventID: "event_1", Error: api.Error{Type: "server_error", Message: "sorry"}},
		},
	})
}

func TestIncomingCall(t *testing.T) {
	t.Parallel()
	decodes(t, "WebhookEvent", map[string]eventCase{
		"realtime.call.incoming": {
			`"id":"evt_1","object":"event","created_at":1750287018,"data":{"call_id":"rtc_1","sip_headers":[{"name":"From","value":"sip:+142555512112@sip.example.com"}],"sip_media_security":"srtp"}`,
			&api.RealtimeCallIncoming{ID: "evt_1", Object: new("event"), CreatedAt: 1750287018, Data: api.IncomingCall{
				CallID: "rtc_1", SIPHeaders: []api.SIPHeader{{Name: "From", Value: "sip:+142555512112@sip.example.com"}},
				SIPMediaSecurity: new(api.SIPMediaSecuritySRTP),
			}},
		},
	})
}
