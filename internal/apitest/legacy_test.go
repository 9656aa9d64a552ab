package apitest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// olderForm is the JSON of an event as older servers, other servers or clients send it.
type olderForm struct {
	union, data string
	look        func(t *testing.T, x anyEvent)
}

// kept checks that each form encodes to the JSON that it was decoded from, and calls
// look with the decoded event. Members without a field are in Extra or in an unknown
// variant.
func kept(t *testing.T, forms map[string]olderForm) {
	t.Helper()
	for name, c := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := keeps(t, c.union, c.data)
			if c.look != nil {
				c.look(t, x)
			}
		})
	}
}

// TestOlderSessions decodes former shapes of sessions.
func TestOlderSessions(t *testing.T) {
	t.Parallel()
	kept(t, map[string]olderForm{
		"flat session": {"ServerEvent", `{"type":"session.created","event_id":"event_1","session":{
			"id":"sess_1","object":"realtime.session","model":"gpt-4o-realtime-preview","modalities":["audio","text"],
			"voice":"alloy","input_audio_format":"pcm16","output_audio_format":"g711_ulaw","input_audio_transcription":null,
			"turn_detection":{"type":"server_vad","threshold":0.5},"temperature":0.8,"max_response_output_tokens":"inf"}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			assert.Equal(t, &api.OlderSession{
				ID: "sess_1", Object: new("realtime.session"), Model: new(api.ModelGPT4oRealtimePreview),
				Modalities: []api.Modality{api.ModalityAudio, api.ModalityText}, Voice: api.VoiceAlloy,
				InputAudioFormat: new(api.OlderAudioFormatPcm16), OutputAudioFormat: new(api.OlderAudioFormatG711Ulaw),
				InputAudioTranscription: api.NullOf[api.AudioTranscription](), TurnDetection: &api.ServerVAD{Threshold: new(0.5)},
				Temperature: new(0.8), MaxResponseOutputTokens: api.TokenLimitInf,
			}, as[api.SessionCreated](t, x).Session)
			assert.NotContains(t, encoded(t, as[api.SessionCreated](t, x).Session), `"type":"realtime"`)
		}},
		"flat transcription session": {"ServerEvent", `{"type":"session.updated","event_id":"event_2","session":{
			"id":"sess_1","object":"realtime.transcription_session","input_audio_format":"pcm16","input_audio_transcription":{"model":"whisper-1"},
			"turn_detection":{"threshold":0.5},"input_audio_noise_reduction":{"type":"near_field"},"expires_at":0,"client_secret":null}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			session, ok := as[api.SessionUpdated](t, x).Session.(*api.OlderSession)
			require.True(t, ok)
			assert.Nil(t, session.Model)
			assert.Equal(t, &api.OlderTurnDetection{Threshold: new(0.5)}, session.TurnDetection)
			assert.Equal(t, "null", extra(t, session.Extra, "client_secret"))
		}},
		"session of an unknown type": {"ServerEvent", `{"type":"session.created","event_id":"event_1","session":{"type":"new","id":"sess_1"}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			session, ok := as[api.SessionCreated](t, x).Session.(*api.UnknownSession)
			require.True(t, ok)
			assert.Equal(t, "new", session.Type)
			assert.Contains(t, string(session.Raw), `"id":"sess_1"`)
		}},
		"flat session after an update": {"ServerEvent", `{"type":"session.updated","event_id":"event_2","session":{
			"id":"sess_1","modalities":["text"],"voice":"verse","turn_detection":null,"tools":[],"tool_choice":"auto"}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			assert.Equal(t, &api.OlderSession{
				ID: "sess_1", Modalities: []api.Modality{api.ModalityText}, Voice: api.VoiceVerse, TurnDetection: api.Null{},
				Tools: []api.Tool{}, ToolChoice: api.ToolChoiceAuto,
			}, as[api.SessionUpdated](t, x).Session)
		}},
		"flat members in a session of today": {"ServerEvent", `{"type":"session.updated","event_id":"event_2","session":{
			"type":"realtime","id":"sess_1","object":"realtime.session","model":"gpt-realtime","modalities":["text"],"voice":"verse",
			"turn_detection":{"type":"server_vad"},"input_audio_format":"pcm16","temperature":0.8}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			session, ok := as[api.SessionUpdated](t, x).Session.(*api.RealtimeSession)
			require.True(t, ok)
			assert.Equal(t, api.ModelGPTRealtime, session.Model)
			assert.JSONEq(t, `"pcm16"`, extra(t, session.Extra, "input_audio_format"))
			assert.JSONEq(t, `0.8`, extra(t, session.Extra, "temperature"))
			assert.Equal(t, 5, session.Extra.Len())
		}},
		"format as a string": {"ServerEvent", `{"type":"session.updated","event_id":"event_2","session":{"type":"transcription","id":"sess_1",
			"object":"realtime.transcription_session","audio":{"input":{"format":"pcm16"}}}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			session, ok := as[api.SessionUpdated](t, x).Session.(*api.TranscriptionSession)
			require.True(t, ok)
			format, ok := session.Audio.Input.Format.(*api.UnknownAudioFormat)
			require.True(t, ok)
			assert.JSONEq(t, `"pcm16"`, string(format.Raw))
		}},
		"empty format": {"ServerEvent", `{"type":"session.updated","event_id":"event_2","session":{"type":"realtime","id":"sess_1",
			"object":"realtime.session","model":"m","audio":{"input":{"format":{}},"output":{"format":{"rate":24000}}}}}`, nil},
		"older session update": {"ClientEvent", `{"type":"session.update","session":{"instructions":"hi","voice":"alloy","temperature":0.6,"turn_detection":null}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			assert.IsType(t, &api.UnknownSessionConfig{}, as[api.SessionUpdate](t, x).Session)
		}},
	})
}

// TestOlderMembers decodes members with a former shape.
func TestOlderMembers(t *testing.T) {
	t.Parallel()
	kept(t, map[string]olderForm{
		"nested tool choice": {"ClientEvent", `{"type":"response.create","response":{"tool_choice":{"type":"function","function":{"name":"transfer"}}}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			choice, ok := as[api.ResponseCreate](t, x).Response.ToolChoice.(*api.ToolChoiceFunction)
			require.True(t, ok)
			assert.Empty(t, choice.Name)
			assert.JSONEq(t, `{"name":"transfer"}`, extra(t, choice.Extra, "function"))
		}},
		"nested MCP tool choice": {"ClientEvent", `{"type":"response.create","response":{"tool_choice":{"type":"mcp","mcp":{"server_label":"crm"}}}}`, nil},
		"status as an object": {"ServerEvent", `{"type":"response.done","event_id":"event_3","response":{"id":"resp_1","status":{"type":"failed","error":{"code":"x"}},"output":[]}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			response := as[api.ResponseDone](t, x).Response
			assert.Empty(t, response.Status)
			assert.JSONEq(t, `{"type":"failed","error":{"code":"x"}}`, extra(t, response.Extra, "status"))
		}},
		"content types text and audio": {"ServerEvent", `{"type":"response.output_item.done","event_id":"event_4","response_id":"resp_1","output_index":0,
			"item":{"id":"item_1","object":"realtime.item","type":"message","status":"completed","role":"assistant","content":[
			{"type":"text","text":"hello"},{"type":"audio","transcript":"hello","audio":"AAAA","format":"pcm16"}]}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			item, ok := as[api.ResponseOutputItemDone](t, x).Item.(*api.AssistantMessage)
			require.True(t, ok)
			assert.EqualValues(t, "text", item.Content[0].Type)
			assert.Equal(t, "hello", *item.Content[0].Text)
			assert.EqualValues(t, "audio", item.Content[1].Type)
			assert.Equal(t, []byte{0, 0, 0}, item.Content[1].Audio)
			assert.JSONEq(t, `"pcm16"`, extra(t, item.Content[1].Extra, "format"))
		}},
	})
}

// TestNulls decodes nulls that the service sends against its specification.
func TestNulls(t *testing.T) {
	t.Parallel()
	kept(t, map[string]olderForm{
		"nulls in a session": {"ServerEvent", `{"type":"session.created","event_id":"event_5","session":{"type":"realtime","id":"sess_1","object":"realtime.session",
			"model":"gpt-realtime","include":null,"client_secret":null,"prompt":null,"tracing":null,"expires_at":null,"tools":null,"audio":{"input":{
			"transcription":null,"noise_reduction":null,"turn_detection":null,"format":null},"output":{"speed":null,"voice":null}}}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			session, ok := as[api.SessionCreated](t, x).Session.(*api.RealtimeSession)
			require.True(t, ok)
			assert.True(t, session.Include.IsNull())
			assert.True(t, session.Audio.Input.Transcription.IsNull())
			assert.True(t, session.Audio.Input.NoiseReduction.IsNull())
			assert.Equal(t, api.Null{}, session.Audio.Input.TurnDetection)
			assert.Equal(t, api.Null{}, session.Tracing)
			assert.Nil(t, session.Tools)
			assert.Equal(t, "null", extra(t, session.Extra, "client_secret"))
		}},
		"null language": {"ServerEvent", `{"type":"session.created","event_id":"event_5","session":{"type":"transcription","id":"sess_1","object":"realtime.transcription_session",
			"audio":{"input":{"transcription":{"model":"whisper-1","language":null,"prompt":null},"turn_detection":null}}}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			session, ok := as[api.SessionCreated](t, x).Session.(*api.TranscriptionSession)
			require.True(t, ok)
			transcription, ok := session.Audio.Input.Transcription.Get()
			require.True(t, ok)
			assert.True(t, transcription.Language.IsNull())
			assert.Equal(t, api.Null{}, session.Audio.Input.TurnDetection)
		}},
		"nulls in a response": {"ServerEvent", `{"type":"response.created","event_id":"event_6","response":{"id":"resp_1","object":"realtime.response","status":"in_progress",
			"status_details":null,"output":[],"usage":null,"metadata":null,"conversation_id":null,"timestamp":1}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			response := as[api.ResponseCreated](t, x).Response
			assert.True(t, response.StatusDetails.IsNull())
			assert.True(t, response.Usage.IsNull())
			assert.True(t, response.Metadata.IsNull())
			assert.True(t, response.ConversationID.IsNull())
		}},
		"null param": {"ServerEvent", `{"type":"conversation.item.input_audio_transcription.failed","event_id":"event_7","item_id":"item_1","content_index":0,
			"error":{"type":"transcription_error","code":"audio_unintelligible","message":"no","param":null}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			assert.True(t, as[api.ConversationItemInputAudioTranscriptionFailed](t, x).Error.Param.IsNull())
		}},
		"nulls in an error": {"ServerEvent", `{"type":"error","event_id":"event_8","error":{"type":"invalid_request_error","code":null,"message":"no","param":null,"event_id":null}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			failure := as[api.ErrorEvent](t, x).Error
			assert.True(t, failure.Code.IsNull() && failure.Param.IsNull() && failure.EventID.IsNull())
		}},
	})
}

// TestMembersMoreOrLess decodes events with new members, missing members, and members
// of other servers.
func TestMembersMoreOrLess(t *testing.T) {
	t.Parallel()
	kept(t, map[string]olderForm{
		"no name beside arguments": {"ServerEvent", `{"type":"response.function_call_arguments.done","event_id":"event_9","response_id":"resp_1","item_id":"item_1",
			"output_index":0,"call_id":"call_1","arguments":"{}"}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			done := as[api.ResponseFunctionCallArgumentsDone](t, x)
			assert.Empty(t, done.Name)
			assert.NotContains(t, encoded(t, done), `"name"`)
			done.Name = "transfer"
			assert.Contains(t, encoded(t, done), `"name":"transfer"`)
		}},
		"obfuscation": {"ServerEvent", `{"type":"response.output_text.delta","event_id":"event_10","response_id":"resp_1","item_id":"item_1","output_index":0,
			"content_index":0,"delta":"a","obfuscation":"xyz"}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			assert.Equal(t, "xyz", *as[api.ResponseOutputTextDelta](t, x).Obfuscation)
		}},
		"obfuscation where none is specified": {"ServerEvent", `{"type":"response.output_audio.done","event_id":"event_10","response_id":"resp_1","item_id":"item_1",
			"output_index":0,"content_index":0,"obfuscation":"xyz"}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			assert.JSONEq(t, `"xyz"`, extra(t, as[api.ResponseOutputAudioDone](t, x).Extra, "obfuscation"))
		}},
		"null obfuscation": {"ServerEvent", `{"type":"response.mcp_call_arguments.delta","event_id":"event_10","response_id":"resp_1","item_id":"item_1",
			"output_index":0,"delta":"{","obfuscation":null}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			assert.True(t, as[api.ResponseMCPCallArgumentsDelta](t, x).Obfuscation.IsNull())
		}},
		"DTMF without an id": {"ServerEvent", `{"type":"input_audio_buffer.dtmf_event_received","event":"9","received_at":1763605109}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			assert.Equal(t, "9", as[api.InputAudioBufferDTMFEventReceived](t, x).Event)
		}},
		"DTMF with an id": {"ServerEvent", `{"type":"input_audio_buffer.dtmf_event_received","event_id":"event_11","event":"#","received_at":1}`, nil},
		"members that Azure adds": {"ServerEvent", `{"type":"response.done","event_id":"event_12","_request_id":"r","response":{"id":"resp_1","object":"realtime.response",
			"status":"completed","status_details":null,"output":[],"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},
			"modalities":["audio"],"voice":"alloy","temperature":0.8}}`, func(t *testing.T, x anyEvent) {
			t.Helper()
			done := as[api.ResponseDone](t, x)
			assert.JSONEq(t, `{"hate":{"filtered":false,"severity":"safe"}}`, extra(t, done.Response.Extra, "content_filter_results"))
			assert.JSONEq(t, `"r"`, extra(t, done.Extra, "_request_id"))
			assert.Equal(t, api.VoiceAlloy, done.Response.Voice)
		}},
	})
}

// as returns x as a *T and fails the test if it is not one.
func as[T any](t *testing.T, x anyEvent) *T {
	t.Helper()
	e, ok := any(x).(*T)
	require.True(t, ok, "is a %T", x)
	return e
}

// extra returns the JSON of the member called name in x, and fails the test if there is
// none.
func extra(t *testing.T, x api.Extra, name string) string {
	t.Helper()
	raw, ok := x.Get(name)
	require.True(t, ok, "no %s in Extra", name)
	return string(raw)
}
