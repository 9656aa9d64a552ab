package apitest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// sessionJSON returns the JSON of an update of a realtime session with these members.
func sessionJSON(members string) string {
	return `{"type":"session.update","session":{"type":"realtime",` + members + `}}`
}

// inputJSON is sessionJSON for members of the audio input.
func inputJSON(members string) string {
	return sessionJSON(`"audio":{"input":{` + members + `}}`)
}

// output returns a session update that sets the audio output.
func output(out api.AudioOutput) *api.SessionUpdate {
	return realtimeUpdate(api.RealtimeSessionConfig{Audio: &api.SessionAudio{Output: &out}})
}

func TestSessionSettings(t *testing.T) {
	t.Parallel()
	writes(t, "ClientEvent", map[string]jsonCase{
		"output modalities": {
			realtimeUpdate(api.RealtimeSessionConfig{OutputModalities: []api.Modality{api.ModalityText}}),
			sessionJSON(`"output_modalities":["text"]`),
		},
		"model": {realtimeUpdate(api.RealtimeSessionConfig{Model: new(api.ModelGPTRealtime)}), sessionJSON(`"model":"gpt-realtime"`)},
		"include": {
			realtimeUpdate(api.RealtimeSessionConfig{Include: api.Value([]api.Include{api.IncludeItemInputAudioTranscriptionLogprobs})}),
			sessionJSON(`"include":["item.input_audio_transcription.logprobs"]`),
		},
		"token limit":    {realtimeUpdate(api.RealtimeSessionConfig{MaxOutputTokens: api.TokenLimit(4096)}), sessionJSON(`"max_output_tokens":4096`)},
		"no token limit": {realtimeUpdate(api.RealtimeSessionConfig{MaxOutputTokens: api.TokenLimitInf}), sessionJSON(`"max_output_tokens":"inf"`)},
		"prompt": {
			realtimeUpdate(api.RealtimeSessionConfig{Prompt: api.Value(api.Prompt{ID: "pmpt_1", Version: api.NullOf[string](), Variables: api.Value(api.PromptVariables{
				"file":  &api.PromptFile{FileID: api.Value("file_1")},
				"image": &api.PromptImage{ImageURL: api.Value("https://example.com/a.png"), Detail: api.ImageDetailAuto},
				"name":  api.PromptString("Ada"),
				"text":  &api.PromptText{Text: "hello", PromptCacheBreakpoint: &api.PromptCacheBreakpoint{TTL: new(api.PromptCacheTTL30m)}},
			})})}),
			sessionJSON(`"prompt":{"id":"pmpt_1","version":null,"variables":{"file":{"type":"input_file","file_id":"file_1"},` +
				`"image":{"type":"input_image","image_url":"https://example.com/a.png","detail":"auto"},"name":"Ada",` +
				`"text":{"type":"input_text","text":"hello","prompt_cache_breakpoint":{"mode":"explicit","ttl":"30m"}}}}`),
		},
		"truncation auto":     {realtimeUpdate(api.RealtimeSessionConfig{Truncation: api.TruncationAuto}), sessionJSON(`"truncation":"auto"`)},
		"truncation disabled": {realtimeUpdate(api.RealtimeSessionConfig{Truncation: api.TruncationDisabled}), sessionJSON(`"truncation":"disabled"`)},
		"retention ratio": {
			realtimeUpdate(api.RealtimeSessionConfig{Truncation: &api.RetentionRatio{
				RetentionRatio: 0.8, TokenLimits: &api.TruncationTokenLimits{PostInstructions: new(8000)},
			}}),
			sessionJSON(`"truncation":{"type":"retention_ratio","retention_ratio":0.8,"token_limits":{"post_instructions":8000}}`),
		},
		"reasoning": {
			realtimeUpdate(api.RealtimeSessionConfig{Reasoning: &api.Reasoning{Effort: new(api.ReasoningEffortMinimal)}}),
			sessionJSON(`"reasoning":{"effort":"minimal"}`),
		},
		"transcription session": {
			&api.SessionUpdate{Session: &api.TranscriptionSessionConfig{
				Audio: &api.TranscriptionAudio{Input: &api.AudioInput{
					Format:        &api.AudioPCM{},
					Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPT4oTranscribe)}),
				}},
				Include: api.Value([]api.Include{api.IncludeItemInputAudioTranscriptionLogprobs}),
			}},
			`{"type":"session.update","session":{"type":"transcription","audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":{"model":"gpt-4o-transcribe"}}},"include":["item.input_audio_transcription.logprobs"]}}`,
		},
	})
	invalid(t, "session.output_modalities", realtimeUpdate(api.RealtimeSessionConfig{OutputModalities: []api.Modality{api.ModalityText, api.ModalityAudio}}))
	invalid(t, "session.output_modalities", realtimeUpdate(api.RealtimeSessionConfig{OutputModalities: []api.Modality{}}))
	invalid(t, "session.max_output_tokens", realtimeUpdate(api.RealtimeSessionConfig{MaxOutputTokens: api.TokenLimit(0)}))
	invalid(t, "session.truncation.retention_ratio", realtimeUpdate(api.RealtimeSessionConfig{Truncation: &api.RetentionRatio{RetentionRatio: 1.5}}))
	invalid(t, "session.truncation.token_limits.post_instructions",
		realtimeUpdate(api.RealtimeSessionConfig{Truncation: &api.RetentionRatio{TokenLimits: &api.TruncationTokenLimits{PostInstructions: new(-1)}}}))
	invalid(t, "session.prompt.id", realtimeUpdate(api.RealtimeSessionConfig{Prompt: api.Value(api.Prompt{})}))
}

func TestTracing(t *testing.T) {
	t.Parallel()
	writes(t, "ClientEvent", map[string]jsonCase{
		"auto": {realtimeUpdate(api.RealtimeSessionConfig{Tracing: api.TracingAuto}), sessionJSON(`"tracing":"auto"`)},
		"object": {
			realtimeUpdate(api.RealtimeSessionConfig{Tracing: &api.TracingConfig{
				WorkflowName: new("support"), GroupID: new("group_1"), Metadata: []byte(`{"region":"eu","n":1}`),
			}}),
			sessionJSON(`"tracing":{"workflow_name":"support","group_id":"group_1","metadata":{"region":"eu","n":1}}`),
		},
		"null": {realtimeUpdate(api.RealtimeSessionConfig{Tracing: api.Null{}}), sessionJSON(`"tracing":null`)},
	})
}

func TestTranscriptionSettings(t *testing.T) {
	t.Parallel()
	writes(t, "ClientEvent", map[string]jsonCase{
		"language and prompt": {
			input(api.AudioInput{Transcription: api.Value(api.AudioTranscription{
				Model: new(api.TranscriptionModelWhisper1), Language: api.Value("en"), Prompt: api.Value("names: Ada"),
			})}),
			inputJSON(`"transcription":{"model":"whisper-1","language":"en","prompt":"names: Ada"}`),
		},
		"languages, keywords and delay": {
			input(api.AudioInput{Transcription: api.Value(api.AudioTranscription{
				Model: new(api.TranscriptionModelGPTLiveTranscribe), Languages: []string{"en", "fr"}, Keywords: []string{"Ada"}, Delay: new(api.TranscriptionDelayLow),
			})}),
			inputJSON(`"transcription":{"model":"gpt-live-transcribe","languages":["en","fr"],"keywords":["Ada"],"delay":"low"}`),
		},
		"model of tomorrow": {
			input(api.AudioInput{Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModel("gpt-9-transcribe"))})}),
			inputJSON(`"transcription":{"model":"gpt-9-transcribe"}`),
		},
		"diarization": {
			input(api.AudioInput{Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPT4oTranscribeDiarize)})}),
			inputJSON(`"transcription":{"model":"gpt-4o-transcribe-diarize"}`),
		},
	})
	invalid(t, "session.audio.input.transcription.languages", input(api.AudioInput{Transcription: api.Value(api.AudioTranscription{Languages: []string{}})}))
}

// TestTranscriptionModels has a constant for each transcription model and takes
// any other name.
func TestTranscriptionModels(t *testing.T) {
	t.Parallel()
	models := map[any]api.TranscriptionModel{
		"whisper-1": api.TranscriptionModelWhisper1, "gpt-transcribe": api.TranscriptionModelGPTTranscribe,
		"gpt-live-transcribe": api.TranscriptionModelGPTLiveTranscribe, "gpt-4o-mini-transcribe": api.TranscriptionModelGPT4oMiniTranscribe,
		"gpt-4o-mini-transcribe-2025-12-15": api.TranscriptionModelGPT4oMiniTranscribe2025_12_15,
		"gpt-4o-transcribe":                 api.TranscriptionModelGPT4oTranscribe,
		"gpt-4o-transcribe-diarize":         api.TranscriptionModelGPT4oTranscribeDiarize,
		"gpt-realtime-whisper":              api.TranscriptionModelGPTRealtimeWhisper,
	}
	assert.Subset(t, readSpec(t).component("TranscriptionModel").Known, slices.Collect(maps.Keys(models)))
	models["gpt-9-transcribe"] = "gpt-9-transcribe"
	for name, model := range models {
		x := keeps(t, "ClientEvent", inputJSON(fmt.Sprintf(`"transcription":{"model":%q}`, name)))
		session, ok := as[api.SessionUpdate](t, x).Session.(*api.RealtimeSessionConfig)
		require.True(t, ok)
		transcription, ok := session.Audio.Input.Transcription.Get()
		require.True(t, ok)
		assert.Equal(t, model, *transcription.Model)
	}
}

func TestTurnDetection(t *testing.T) {
	t.Parallel()
	vad := func(d api.TurnDetection) *api.SessionUpdate { return input(api.AudioInput{TurnDetection: d}) }
	writes(t, "ClientEvent", map[string]jsonCase{
		"server VAD": {
			vad(&api.ServerVAD{
				Threshold: new(0.5), PrefixPaddingMS: new(300), SilenceDurationMS: new(200),
				CreateResponse: new(true), InterruptResponse: new(false), IdleTimeoutMS: api.Value(30000),
			}),
			inputJSON(`"turn_detection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,"silence_duration_ms":200,"create_response":true,"interrupt_response":false,"idle_timeout_ms":30000}`),
		},
		"semantic VAD": {
			vad(&api.SemanticVAD{Eagerness: new(api.SemanticVADEagernessLow), CreateResponse: new(false), InterruptResponse: new(true)}),
			inputJSON(`"turn_detection":{"type":"semantic_vad","eagerness":"low","create_response":false,"interrupt_response":true}`),
		},
		"medium": {vad(&api.SemanticVAD{Eagerness: new(api.SemanticVADEagernessMedium)}), inputJSON(`"turn_detection":{"type":"semantic_vad","eagerness":"medium"}`)},
		"high":   {vad(&api.SemanticVAD{Eagerness: new(api.SemanticVADEagernessHigh)}), inputJSON(`"turn_detection":{"type":"semantic_vad","eagerness":"high"}`)},
		"auto":   {vad(&api.SemanticVAD{Eagerness: new(api.SemanticVADEagernessAuto)}), inputJSON(`"turn_detection":{"type":"semantic_vad","eagerness":"auto"}`)},
		"off":    {vad(api.Null{}), inputJSON(`"turn_detection":null`)},
		"VAD of tomorrow": {
			vad(&api.UnknownTurnDetection{Type: "mind_vad", Raw: []byte(`{"type":"mind_vad","depth":2}`)}),
			inputJSON(`"turn_detection":{"type":"mind_vad","depth":2}`),
		},
	})
	const at = "session.audio.input.turn_detection"
	invalid(t, at+".threshold", vad(&api.ServerVAD{Threshold: new(1.01)}))
	invalid(t, at+".threshold", vad(&api.ServerVAD{Threshold: new(-0.01)}))
	invalid(t, at+".idle_timeout_ms", vad(&api.ServerVAD{IdleTimeoutMS: api.Value(4999)}))
	invalid(t, at+".idle_timeout_ms", vad(&api.ServerVAD{IdleTimeoutMS: api.Value(30001)}))
}

func TestAudioFormats(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]api.AudioFormat{
		`{"type":"audio/pcm","rate":24000}`: &api.AudioPCM{},
		`{"type":"audio/pcmu"}`:             &api.AudioPCMU{},
		`{"type":"audio/pcma"}`:             &api.AudioPCMA{},
		`{"type":"audio/opus"}`:             &api.UnknownAudioFormat{Type: "audio/opus", Raw: []byte(`{"type":"audio/opus"}`)},
		`{}`:                                &api.UnknownAudioFormat{Raw: []byte(`{}`)},
		`"pcm16"`:                           &api.UnknownAudioFormat{Raw: []byte(`"pcm16"`)},
	} {
		format, err := api.DecodeAudioFormat([]byte(data))
		require.NoError(t, err)
		assert.Equal(t, want, format)
		assert.Equal(t, data, encoded(t, format))
		x := input(api.AudioInput{Format: want})
		require.NoError(t, x.Validate())
		assert.Equal(t, inputJSON(`"format":`+data), encoded(t, x))
	}
	other, err := api.DecodeAudioFormat([]byte(`{"type":"audio/pcm","rate":16000}`))
	require.NoError(t, err)
	assert.JSONEq(t, `{"type":"audio/pcm","rate":16000}`, encoded(t, other), "another rate is kept")
}

func TestAudioSettings(t *testing.T) {
	t.Parallel()
	writes(t, "ClientEvent", map[string]jsonCase{
		"input and output": {
			realtimeUpdate(api.RealtimeSessionConfig{Audio: &api.SessionAudio{
				Input: &api.AudioInput{
					Format:         &api.AudioPCMU{},
					Transcription:  api.NullOf[api.AudioTranscription](),
					NoiseReduction: api.Value(api.NoiseReduction{Type: new(api.NoiseReductionTypeFarField)}),
					TurnDetection:  api.Null{},
				},
				Output: &api.AudioOutput{Format: &api.AudioPCMA{}, Voice: api.VoiceCedar, Speed: new(1.25)},
			}}),
			sessionJSON(`"audio":{"input":{"format":{"type":"audio/pcmu"},"transcription":null,"noise_reduction":{"type":"far_field"},"turn_detection":null},` +
				`"output":{"format":{"type":"audio/pcma"},"voice":"cedar","speed":1.25}}`),
		},
		"near field":         {input(api.AudioInput{NoiseReduction: api.Value(api.NoiseReduction{Type: new(api.NoiseReductionTypeNearField)})}), inputJSON(`"noise_reduction":{"type":"near_field"}`)},
		"strength alone":     {input(api.AudioInput{NoiseReduction: api.Value(api.NoiseReduction{Strength: new(0.5)})}), inputJSON(`"noise_reduction":{"strength":0.5}`)},
		"no noise reduction": {input(api.AudioInput{NoiseReduction: api.NullOf[api.NoiseReduction]()}), inputJSON(`"noise_reduction":null`)},
		"custom voice":       {output(api.AudioOutput{Voice: &api.CustomVoice{ID: "voice_1"}}), sessionJSON(`"audio":{"output":{"voice":{"id":"voice_1"}}}`)},
		"voice of tomorrow":  {output(api.AudioOutput{Voice: api.VoiceName("juniper")}), sessionJSON(`"audio":{"output":{"voice":"juniper"}}`)},
		"slowest":            {output(api.AudioOutput{Speed: new(0.25)}), sessionJSON(`"audio":{"output":{"speed":0.25}}`)},
	})
	invalid(t, "session.audio.output.speed", output(api.AudioOutput{Speed: new(0.24)}))
	invalid(t, "session.audio.output.speed", output(api.AudioOutput{Speed: new(1.51)}))
	invalid(t, "session.audio.output.voice.id", output(api.AudioOutput{Voice: &api.CustomVoice{}}))
}

// TestVoices checks the constants of the voices; the service recommends marin and
// cedar.
func TestVoices(t *testing.T) {
	t.Parallel()
	for name, voice := range map[string]api.VoiceName{
		"alloy": api.VoiceAlloy, "ash": api.VoiceAsh, "ballad": api.VoiceBallad, "coral": api.VoiceCoral, "echo": api.VoiceEcho,
		"sage": api.VoiceSage, "shimmer": api.VoiceShimmer, "verse": api.VoiceVerse, "marin": api.VoiceMarin, "cedar": api.VoiceCedar,
	} {
		got, err := api.DecodeVoice([]byte(`"` + name + `"`))
		require.NoError(t, err)
		assert.Equal(t, voice, got)
	}
}

// TestModels checks the constants of the models, and that other names are accepted.
func TestModels(t *testing.T) {
	t.Parallel()
	known := readSpec(t).component("Model").Known
	for _, model := range []api.Model{
		api.ModelGPTRealtime, api.ModelGPTRealtime1_5, api.ModelGPTRealtime2, api.ModelGPTRealtime2_1,
		api.ModelGPTRealtime2_1Mini, api.ModelGPTRealtime2025_08_28, api.ModelGPT4oRealtimePreview,
		api.ModelGPT4oRealtimePreview2024_10_01, api.ModelGPT4oRealtimePreview2024_12_17,
		api.ModelGPT4oRealtimePreview2025_06_03, api.ModelGPT4oMiniRealtimePreview,
		api.ModelGPT4oMiniRealtimePreview2024_12_17, api.ModelGPTRealtimeMini, api.ModelGPTRealtimeMini2025_10_06,
		api.ModelGPTRealtimeMini2025_12_15, api.ModelGPTAudio1_5, api.ModelGPTAudioMini,
		api.ModelGPTAudioMini2025_10_06, api.ModelGPTAudioMini2025_12_15,
	} {
		assert.Contains(t, known, string(model))
	}
	x := server[api.SessionCreated](t, `{"type":"session.created","event_id":"e","session":{"type":"realtime","id":"s","object":"realtime.session","model":"gpt-realtime-9"}}`)
	assert.Equal(t, &api.RealtimeSession{ID: "s", Model: "gpt-realtime-9"}, x.Session)
}

// fullSession is a session event with all members that a server sends.
const fullSession = `{"type":"session.updated","event_id":"event_1","session":{"type":"realtime","object":"realtime.session","id":"sess_1",
	"model":"gpt-realtime","output_modalities":["audio"],"instructions":"be brief","expires_at":1756310470,"include":null,"prompt":null,
	"tools":[{"type":"function","name":"transfer","parameters":{"type":"object"}}],"tool_choice":"auto","parallel_tool_calls":false,"max_output_tokens":"inf","tracing":null,
	"truncation":{"type":"retention_ratio","retention_ratio":0.8,"token_limits":{"post_instructions":100}},"reasoning":{"effort":"high"},
	"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":null,"noise_reduction":null,
	"turn_detection":{"type":"server_vad","threshold":0.5,"idle_timeout_ms":null}},
	"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"marin","speed":1.0}}}}`

// TestServerSession decodes all members of a session that a server sends.
func TestServerSession(t *testing.T) {
	t.Parallel()
	x, ok := keeps(t, "ServerEvent", fullSession).(*api.SessionUpdated)
	require.True(t, ok)
	assert.Equal(t, &api.RealtimeSession{
		ID: "sess_1", ExpiresAt: new(int64(1756310470)), Model: api.ModelGPTRealtime, OutputModalities: []api.Modality{api.ModalityAudio},
		Instructions: new("be brief"), Include: api.NullOf[[]api.Include](), Prompt: api.NullOf[api.Prompt](),
		Tools:      []api.Tool{&api.FunctionTool{Name: "transfer", Parameters: []byte(`{"type":"object"}`)}},
		ToolChoice: api.ToolChoiceAuto, ParallelToolCalls: new(false), MaxOutputTokens: api.TokenLimitInf, Tracing: api.Null{},
		Truncation: &api.RetentionRatio{RetentionRatio: 0.8, TokenLimits: &api.TruncationTokenLimits{PostInstructions: new(100)}},
		Reasoning:  &api.Reasoning{Effort: new(api.ReasoningEffortHigh)},
		Audio: &api.SessionAudio{
			Input: &api.AudioInput{
				Format: &api.AudioPCM{}, Transcription: api.NullOf[api.AudioTranscription](), NoiseReduction: api.NullOf[api.NoiseReduction](),
				TurnDetection: &api.ServerVAD{Threshold: new(0.5), IdleTimeoutMS: api.NullOf[int]()},
			},
			Output: &api.AudioOutput{Format: &api.AudioPCM{}, Voice: api.VoiceMarin, Speed: new(1.0)},
		},
	}, x.Session)
}

// TestTranscriptionSession decodes all members of a transcription session that a server
// sends.
func TestTranscriptionSession(t *testing.T) {
	t.Parallel()
	x, ok := keeps(t, "ServerEvent", `{"type":"session.created","event_id":"event_1","session":{"type":"transcription","id":"sess_1",
		"object":"realtime.transcription_session","expires_at":1756310470,"include":["item.input_audio_transcription.logprobs"],
		"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":{"model":"gpt-4o-transcribe","language":"en","prompt":""},
		"noise_reduction":{"type":"near_field"},"turn_detection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,"silence_duration_ms":500}}}}}`).(*api.SessionCreated)
	require.True(t, ok)
	assert.Equal(t, &api.TranscriptionSession{
		ID: "sess_1", Object: "realtime.transcription_session", ExpiresAt: new(int64(1756310470)),
		Include: api.Value([]api.Include{api.IncludeItemInputAudioTranscriptionLogprobs}),
		Audio: &api.TranscriptionSessionAudio{Input: &api.TranscriptionSessionAudioInput{
			Format:         &api.AudioPCM{},
			Transcription:  api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPT4oTranscribe), Language: api.Value("en"), Prompt: api.Value("")}),
			NoiseReduction: api.Value(api.NoiseReduction{Type: new(api.NoiseReductionTypeNearField)}),
			TurnDetection:  &api.ServerVAD{Threshold: new(0.5), PrefixPaddingMS: new(300), SilenceDurationMS: new(500)},
		}},
	}, x.Session)
}

// TestTranscriptionTurnDetection decodes both forms of turn detection that servers
// send.
func TestTranscriptionTurnDetection(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]api.SessionTurnDetection{
		`{"type":"server_vad","threshold":0.5,"create_response":false,"idle_timeout_ms":null}`: &api.ServerVAD{
			Threshold: new(0.5), CreateResponse: new(false), IdleTimeoutMS: api.NullOf[int](),
		},
		`{"type":"semantic_vad","eagerness":"low"}`: &api.SemanticVAD{Eagerness: new(api.SemanticVADEagernessLow)},
		`{"threshold":0.5,"prefix_padding_ms":300,"silence_duration_ms":500}`: &api.OlderTurnDetection{
			Threshold: new(0.5), PrefixPaddingMS: new(300), SilenceDurationMS: new(500),
		},
		`{"type":"energy","silence_duration_ms":500}`: &api.OlderTurnDetection{Type: new("energy"), SilenceDurationMS: new(500)},
		`null`: api.Null{},
		`[]`:   &api.UnknownSessionTurnDetection{Raw: []byte(`[]`)},
	} {
		x, ok := keeps(t, "ServerEvent", `{"type":"session.updated","event_id":"e","session":{"type":"transcription","id":"s","object":"o",
			"audio":{"input":{"turn_detection":`+text+`}}}}`).(*api.SessionUpdated)
		require.True(t, ok)
		session, ok := x.Session.(*api.TranscriptionSession)
		require.True(t, ok)
		assert.Equal(t, want, session.Audio.Input.TurnDetection, text)
	}
}
