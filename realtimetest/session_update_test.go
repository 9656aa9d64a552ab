package realtimetest_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// sessionJSON returns the session of a session event as a generic value.
func sessionJSON(t *testing.T, e api.ServerEvent) map[string]any {
	t.Helper()
	data, err := e.AppendJSON(nil)
	require.NoError(t, err)
	var event struct {
		Session map[string]any `json:"session"`
	}
	require.NoError(t, json.Unmarshal(data, &event))
	return event.Session
}

func at(value map[string]any, path ...string) any {
	var v any = value
	for _, name := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		if v, ok = object[name]; !ok {
			return "absent"
		}
	}
	return v
}

// updateWith returns a session.update with the members of an object.
func updateWith(object string) string {
	members := object[1 : len(object)-1]
	if members != "" {
		members = "," + members
	}
	return `{"type":"session.update","session":{"type":"realtime"` + members + `}}`
}

func TestUpdatesMerge(t *testing.T) {
	t.Parallel()
	client, _ := start(t, nil)
	vad := []string{"audio", "input", "turn_detection"}
	with := func(path []string, more ...string) []string { return append(append([]string(nil), path...), more...) }
	for _, step := range []struct {
		name   string
		update string
		path   []string
		want   any
	}{
		{"defaults: instructions", `{}`, []string{"instructions"}, ""},
		{"defaults: VAD", `{}`, with(vad, "type"), "server_vad"},
		{"defaults: silence", `{}`, with(vad, "silence_duration_ms"), 500.0},
		{"set", `{"instructions":"Be kind."}`, []string{"instructions"}, "Be kind."},
		{"absent keeps", `{"output_modalities":["text"]}`, []string{"instructions"}, "Be kind."},
		{"and the other is set", `{}`, []string{"output_modalities"}, []any{"text"}},
		{"empty clears", `{"instructions":""}`, []string{"instructions"}, ""},
		{"a member of VAD", `{"audio":{"input":{"turn_detection":{"type":"server_vad","threshold":0.8}}}}`, with(vad, "threshold"), 0.8},
		{"VAD keeps the rest", `{"audio":{"input":{"turn_detection":{"type":"server_vad","silence_duration_ms":200}}}}`, with(vad, "threshold"), 0.8},
		{"another VAD starts afresh", `{"audio":{"input":{"turn_detection":{"type":"semantic_vad"}}}}`, with(vad, "eagerness"), "auto"},
		{"without old members", `{}`, with(vad, "threshold"), "absent"},
		{"null turns VAD off", `{"audio":{"input":{"turn_detection":null}}}`, vad, nil},
		{"and absent leaves it off", `{"audio":{"input":{}}}`, vad, nil},
		{"back from nothing to defaults", `{"audio":{"input":{"turn_detection":{"type":"server_vad"}}}}`, with(vad, "prefix_padding_ms"), 300.0},
		{"false is a value", `{"audio":{"input":{"turn_detection":{"type":"server_vad","create_response":false}}}}`, with(vad, "create_response"), false},
		{"transcription", `{"audio":{"input":{"transcription":{"model":"gpt-transcribe"}}}}`, []string{"audio", "input", "transcription", "model"}, "gpt-transcribe"},
		{"transcription merges", `{"audio":{"input":{"transcription":{"languages":["pt","en"]}}}}`, []string{"audio", "input", "transcription", "model"}, "gpt-transcribe"},
		{"null turns transcription off", `{"audio":{"input":{"transcription":null}}}`, []string{"audio", "input", "transcription"}, nil},
		{"noise reduction starts at full strength", `{"audio":{"input":{"noise_reduction":{"type":"near_field"}}}}`, []string{"audio", "input", "noise_reduction", "strength"}, 1.0},
		{"strength", `{"audio":{"input":{"noise_reduction":{"type":"near_field","strength":0.5}}}}`, []string{"audio", "input", "noise_reduction", "strength"}, 0.5},
		{"noise reduction keeps its strength", `{"audio":{"input":{"noise_reduction":{"type":"far_field"}}}}`, []string{"audio", "input", "noise_reduction", "strength"}, 0.5},
		{"format", `{"audio":{"input":{"format":{"type":"audio/pcmu"}}}}`, []string{"audio", "input", "format", "type"}, "audio/pcmu"},
		{"voice", `{"audio":{"output":{"voice":"marin"}}}`, []string{"audio", "output", "voice"}, "marin"},
		{"output keeps its format", `{"audio":{"output":{"speed":1.2}}}`, []string{"audio", "output", "format", "rate"}, 24000.0},
		{"tools", `{"tools":[{"type":"function","name":"f"}]}`, []string{"tools"}, []any{map[string]any{"type": "function", "name": "f"}}},
		{"empty tools", `{"tools":[]}`, []string{"tools"}, []any{}},
		{"tool choice", `{"tool_choice":{"type":"function","name":"f"}}`, []string{"tool_choice", "name"}, "f"},
		{"tracing", `{"tracing":"auto"}`, []string{"tracing"}, "auto"},
		{"tracing off", `{"tracing":null}`, []string{"tracing"}, nil},
		{"truncation", `{"truncation":{"type":"retention_ratio","retention_ratio":0.5}}`, []string{"truncation", "retention_ratio"}, 0.5},
		{"max tokens", `{"max_output_tokens":100}`, []string{"max_output_tokens"}, 100.0},
		{"max tokens inf", `{"max_output_tokens":"inf"}`, []string{"max_output_tokens"}, "inf"},
		{"prompt", `{"prompt":{"id":"pmpt_1"}}`, []string{"prompt", "id"}, "pmpt_1"},
		{"prompt off", `{"prompt":null}`, []string{"prompt"}, nil},
		{"include", `{"include":["item.input_audio_transcription.logprobs"]}`, []string{"include"}, []any{"item.input_audio_transcription.logprobs"}},
		{"reasoning", `{"reasoning":{"effort":"low"}}`, []string{"reasoning", "effort"}, "low"},
		{"parallel calls", `{"parallel_tool_calls":false}`, []string{"parallel_tool_calls"}, false},
		{"the same model", `{"model":"gpt-realtime"}`, []string{"model"}, "gpt-realtime"},
	} {
		client.send(updateWith(step.update))
		session := sessionJSON(t, client.expect("session.updated")[0])
		assert.Equal(t, step.want, at(session, step.path...), step.name)
		assert.Equal(t, "realtime.session", session["object"], step.name)
	}
}

func TestUpdatesOfTranscriptionMerge(t *testing.T) {
	t.Parallel()
	srv := realtimetest.New(nil)
	t.Cleanup(srv.Close)
	client := dial(t, srv, "?intent=transcription", bearer("key"))
	require.Equal(t, "session.created", client.read().EventType())
	const loud = `{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,"silence_duration_ms":500}`
	for _, step := range []struct{ name, input, want string }{
		{"defaults", `{}`, `{"format":{"type":"audio/pcm","rate":24000},"transcription":null,"noise_reduction":null,"turn_detection":` + loud + `}`},
		{
			"several", `{"format":{"type":"audio/pcmu"},"noise_reduction":{"type":"far_field"},"transcription":{"model":"gpt-transcribe"}}`,
			`{"format":{"type":"audio/pcmu"},"transcription":{"model":"gpt-transcribe"},"noise_reduction":{"type":"far_field","strength":1},"turn_detection":` + loud + `}`,
		},
		{
			"another VAD starts afresh", `{"turn_detection":{"type":"semantic_vad"},"noise_reduction":null,"transcription":null}`,
			`{"format":{"type":"audio/pcmu"},"transcription":null,"noise_reduction":null,"turn_detection":{"type":"semantic_vad","eagerness":"auto"}}`,
		},
	} {
		client.send(`{"type":"session.update","session":{"type":"transcription","audio":{"input":` + step.input + `}}}`)
		session := sessionJSON(t, client.expect("session.updated")[0])
		got, err := json.Marshal(at(session, "audio", "input"))
		require.NoError(t, err)
		assert.JSONEq(t, step.want, string(got), step.name)
	}
}

func TestAnUpdateThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	client, _ := start(t, nil)
	client.send(`{"type":"session.update","session":{"type":"realtime","instructions":"x","audio":{"output":{"speed":9}}}}`)
	client.expect("error invalid_value session.audio.output.speed")
	client.send(`{"type":"session.update","session":{"type":"realtime"}}`)
	assert.Empty(t, sessionJSON(t, client.expect("session.updated")[0])["instructions"])
}
