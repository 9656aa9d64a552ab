package apitest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// responseDone decodes a response.done event whose response has these members beside
// the required ones.
func responseDone(t *testing.T, members string) api.Response {
	t.Helper()
	x, ok := keeps(t, "ServerEvent", `{"type":"response.done","event_id":"event_1","response":{"id":"resp_1","output":[],`+members+`}}`).(*api.ResponseDone)
	require.True(t, ok)
	return x.Response
}

// TestResponse decodes a response with all members.
func TestResponse(t *testing.T) {
	t.Parallel()
	x, ok := keeps(t, "ServerEvent", `{"type":"response.done","event_id":"event_1","response":{"id":"resp_1","object":"realtime.response","status":"completed",
		"status_details":null,"conversation_id":"conv_1","output_modalities":["audio"],"max_output_tokens":4096,"metadata":{"a":"1"},
		"audio":{"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"alloy"}},
		"output":[{"type":"message","role":"assistant","id":"item_1","status":"completed","content":[{"type":"output_audio","transcript":"hi"}]},
			{"type":"function_call","id":"item_2","status":"completed","call_id":"call_1","name":"transfer","arguments":"{}"}],
		"usage":{"total_tokens":253,"input_tokens":132,"output_tokens":121,
			"input_token_details":{"text_tokens":119,"audio_tokens":13,"image_tokens":0,"cached_tokens":64,
				"cached_tokens_details":{"text_tokens":64,"audio_tokens":0,"image_tokens":0}},
			"output_token_details":{"text_tokens":30,"audio_tokens":91}}}}`).(*api.ResponseDone)
	require.True(t, ok)
	assert.Equal(t, api.Response{
		ID: "resp_1", Object: new("realtime.response"), Status: api.ResponseStatusCompleted, StatusDetails: api.NullOf[api.ResponseStatusDetails](),
		ConversationID: api.Value("conv_1"), OutputModalities: []api.Modality{api.ModalityAudio}, MaxOutputTokens: api.TokenLimit(4096),
		Metadata: api.Value(api.Metadata{"a": "1"}),
		Audio:    &api.ResponseAudio{Output: &api.ResponseAudioOutput{Format: &api.AudioPCM{}, Voice: api.VoiceAlloy}},
		Output: []api.Item{
			&api.AssistantMessage{ID: new("item_1"), Status: new(api.ItemStatusCompleted), Content: []api.AssistantContent{
				{Type: api.AssistantContentTypeOutputAudio, Transcript: new("hi")},
			}},
			&api.FunctionCall{ID: new("item_2"), Status: new(api.ItemStatusCompleted), CallID: "call_1", Name: "transfer", Arguments: "{}"},
		},
		Usage: api.Value(api.ResponseUsage{
			TotalTokens: 253, InputTokens: 132, OutputTokens: 121,
			InputTokenDetails: &api.InputTokenDetails{
				CachedTokens: 64, TextTokens: 119, AudioTokens: 13, CachedTokensDetails: &api.CachedTokenDetails{TextTokens: 64},
			},
			OutputTokenDetails: &api.OutputTokenDetails{TextTokens: 30, AudioTokens: 91},
		}),
	}, x.Response)
}

func TestResponseMembers(t *testing.T) {
	t.Parallel()
	t.Run("no conversation", func(t *testing.T) {
		t.Parallel()
		assert.True(t, responseDone(t, `"status":"completed","conversation_id":null`).ConversationID.IsNull())
		assert.True(t, responseDone(t, `"status":"completed"`).ConversationID.IsZero())
	})
	t.Run("no usage", func(t *testing.T) {
		t.Parallel()
		assert.True(t, responseDone(t, `"status":"in_progress","usage":null`).Usage.IsNull())
	})
	t.Run("partial usage", func(t *testing.T) {
		t.Parallel()
		usage, ok := responseDone(t, `"status":"completed","usage":{"total_tokens":3,"input_token_details":{"audio_tokens":2}}`).Usage.Get()
		require.True(t, ok)
		assert.Equal(t, 3, usage.TotalTokens)
		assert.Equal(t, 2, usage.InputTokenDetails.AudioTokens)
		assert.Nil(t, usage.OutputTokenDetails)
		assert.JSONEq(t, `{"total_tokens":3,"input_token_details":{"audio_tokens":2}}`, encoded(t, usage))
	})
	t.Run("no token limit", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, api.TokenLimitInf, responseDone(t, `"status":"completed","max_output_tokens":"inf"`).MaxOutputTokens)
	})
	t.Run("metadata", func(t *testing.T) {
		t.Parallel()
		metadata, ok := responseDone(t, `"status":"completed","metadata":{"topic":"bill"}`).Metadata.Get()
		require.True(t, ok)
		assert.Equal(t, api.Metadata{"topic": "bill"}, metadata)
		assert.True(t, responseDone(t, `"status":"completed","metadata":null`).Metadata.IsNull())
	})
	t.Run("audio", func(t *testing.T) {
		t.Parallel()
		audio := responseDone(t, `"status":"completed","audio":{"output":{"format":{"type":"audio/pcmu"},"voice":{"id":"voice_1"},"speed":1.1}}`).Audio
		assert.Equal(t, &api.AudioPCMU{}, audio.Output.Format)
		assert.Equal(t, &api.CustomVoice{ID: "voice_1"}, audio.Output.Voice)
		assert.JSONEq(t, `1.1`, extra(t, audio.Output.Extra, "speed"))
	})
	t.Run("older members", func(t *testing.T) {
		t.Parallel()
		response := responseDone(t, `"status":"completed","modalities":["text","audio"],"instructions":"be brief","voice":"alloy","output_audio_format":"pcm16",
			"temperature":0.8,"custom_voice_id":null,"tool_choice":"auto","tools":[{"type":"function","name":"transfer"}]`)
		assert.Equal(t, []api.Modality{api.ModalityText, api.ModalityAudio}, response.Modalities)
		assert.Equal(t, api.VoiceAlloy, response.Voice)
		assert.Equal(t, api.OlderAudioFormatPcm16, *response.OutputAudioFormat)
		assert.InDelta(t, 0.8, *response.Temperature, 0)
		assert.True(t, response.CustomVoiceID.IsNull())
		for name, want := range map[string]string{
			"instructions": `"be brief"`, "tool_choice": `"auto"`, "tools": `[{"type":"function","name":"transfer"}]`,
		} {
			assert.JSONEq(t, want, extra(t, response.Extra, name))
		}
	})
	t.Run("status as an object", func(t *testing.T) {
		t.Parallel()
		response := responseDone(t, `"status":{"status":"failed"}`)
		assert.Empty(t, response.Status)
		assert.JSONEq(t, `{"status":"failed"}`, extra(t, response.Extra, "status"))
	})
}

func TestResponseStatuses(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]api.ResponseStatus{
		"completed": api.ResponseStatusCompleted, "cancelled": api.ResponseStatusCancelled, "failed": api.ResponseStatusFailed,
		"incomplete": api.ResponseStatusIncomplete, "in_progress": api.ResponseStatusInProgress, "paused": api.ResponseStatus("paused"),
	} {
		assert.Equal(t, want, responseDone(t, `"status":"`+name+`"`).Status)
	}
}

func TestStatusDetails(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]api.ResponseStatusDetails{
		`{"type":"cancelled","reason":"turn_detected"}`:       {Type: api.ResponseStatusDetailsTypeCancelled, Reason: new(api.ResponseStatusReasonTurnDetected)},
		`{"type":"cancelled","reason":"client_cancelled"}`:    {Type: api.ResponseStatusDetailsTypeCancelled, Reason: new(api.ResponseStatusReasonClientCancelled)},
		`{"type":"incomplete","reason":"max_output_tokens"}`:  {Type: api.ResponseStatusDetailsTypeIncomplete, Reason: new(api.ResponseStatusReasonMaxOutputTokens)},
		`{"type":"incomplete","reason":"content_filter"}`:     {Type: api.ResponseStatusDetailsTypeIncomplete, Reason: new(api.ResponseStatusReasonContentFilter)},
		`{"type":"completed"}`:                                {Type: api.ResponseStatusDetailsTypeCompleted},
		`{"type":"failed","error":null}`:                      {Type: api.ResponseStatusDetailsTypeFailed, Error: api.NullOf[api.ResponseError]()},
		`{"type":"failed","error":{"type":"a","code":"b"}}`:   {Type: api.ResponseStatusDetailsTypeFailed, Error: api.Value(api.ResponseError{Type: new("a"), Code: new("b")})},
		`{"type":"failed","error":{"message":"out of time"}}`: {Type: api.ResponseStatusDetailsTypeFailed, Error: api.Value(api.ResponseError{Message: new("out of time")})},
	} {
		details, ok := responseDone(t, `"status":"failed","status_details":`+data).StatusDetails.Get()
		require.True(t, ok, data)
		assert.Equal(t, want, details)
	}
	assert.True(t, responseDone(t, `"status":"completed","status_details":null`).StatusDetails.IsNull())
}

// TestTranscriptionUsage decodes both units of transcription usage: tokens and seconds.
func TestTranscriptionUsage(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]api.TranscriptionUsage{
		`{"type":"tokens","input_tokens":5,"output_tokens":2,"total_tokens":7}`: &api.TranscriptionTokenUsage{InputTokens: 5, OutputTokens: 2, TotalTokens: 7},
		`{"type":"duration","seconds":2.5}`:                                     &api.TranscriptionDurationUsage{Seconds: 2.5},
		`{"type":"words","words":7}`:                                            &api.UnknownTranscriptionUsage{Type: "words", Raw: []byte(`{"type":"words","words":7}`)},
	} {
		x, ok := keeps(t, "ServerEvent", `{"type":"conversation.item.input_audio_transcription.completed","event_id":"event_1","item_id":"item_1",
			"content_index":0,"transcript":"hi","usage":`+data+`}`).(*api.ConversationItemInputAudioTranscriptionCompleted)
		require.True(t, ok)
		assert.Equal(t, want, x.Usage)
	}
}

// TestLogProbs decodes log probabilities that are present, absent and null.
func TestLogProbs(t *testing.T) {
	t.Parallel()
	delta := func(members string) *api.ConversationItemInputAudioTranscriptionDelta {
		x, ok := keeps(t, "ServerEvent", `{"type":"conversation.item.input_audio_transcription.delta","event_id":"event_1","item_id":"item_1","content_index":0,"delta":"hi"`+members+`}`).(*api.ConversationItemInputAudioTranscriptionDelta)
		require.True(t, ok)
		return x
	}
	probs, ok := delta(`,"logprobs":[{"token":"hi","logprob":-0.0001,"bytes":[104,105]},{"token":"é","logprob":-1e-7,"bytes":[195,169]}]`).Logprobs.Get()
	require.True(t, ok)
	assert.Equal(t, []api.LogProb{{Token: "hi", Logprob: -0.0001, Bytes: []int{104, 105}}, {Token: "é", Logprob: -1e-7, Bytes: []int{195, 169}}}, probs)
	assert.True(t, delta(`,"logprobs":null`).Logprobs.IsNull())
	assert.True(t, delta(``).Logprobs.IsZero())
	probs, ok = delta(`,"logprobs":[]`).Logprobs.Get()
	assert.True(t, ok)
	assert.Equal(t, []api.LogProb{}, probs)
}
