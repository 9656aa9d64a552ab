package apitest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// input returns a session update that sets the audio input.
func input(in api.AudioInput) *api.SessionUpdate {
	return realtimeUpdate(api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &in}})
}

// realtimeUpdate returns an update of a realtime session.
func realtimeUpdate(c api.RealtimeSessionConfig) *api.SessionUpdate {
	return &api.SessionUpdate{Session: &c}
}

// TestUnsetNullAndEmpty checks that unset, null and empty members are encoded
// differently.
func TestUnsetNullAndEmpty(t *testing.T) {
	t.Parallel()
	const head = `{"type":"session.update","session":{"type":"realtime"`
	for name, c := range map[string]struct {
		update *api.SessionUpdate
		want   string
	}{
		"nothing":                {realtimeUpdate(api.RealtimeSessionConfig{}), head + `}}`},
		"instructions cleared":   {realtimeUpdate(api.RealtimeSessionConfig{Instructions: new("")}), head + `,"instructions":""}}`},
		"tools cleared":          {realtimeUpdate(api.RealtimeSessionConfig{Tools: []api.Tool{}}), head + `,"tools":[]}}`},
		"include null":           {realtimeUpdate(api.RealtimeSessionConfig{Include: api.NullOf[[]api.Include]()}), head + `,"include":null}}`},
		"include empty":          {realtimeUpdate(api.RealtimeSessionConfig{Include: api.Value([]api.Include{})}), head + `,"include":[]}}`},
		"tracing null":           {realtimeUpdate(api.RealtimeSessionConfig{Tracing: api.Null{}}), head + `,"tracing":null}}`},
		"prompt null":            {realtimeUpdate(api.RealtimeSessionConfig{Prompt: api.NullOf[api.Prompt]()}), head + `,"prompt":null}}`},
		"false":                  {realtimeUpdate(api.RealtimeSessionConfig{ParallelToolCalls: new(false)}), head + `,"parallel_tool_calls":false}}`},
		"empty audio":            {realtimeUpdate(api.RealtimeSessionConfig{Audio: &api.SessionAudio{}}), head + `,"audio":{}}}`},
		"turn detection unset":   {input(api.AudioInput{}), head + `,"audio":{"input":{}}}}`},
		"turn detection null":    {input(api.AudioInput{TurnDetection: api.Null{}}), head + `,"audio":{"input":{"turn_detection":null}}}}`},
		"turn detection":         {input(api.AudioInput{TurnDetection: &api.ServerVAD{}}), head + `,"audio":{"input":{"turn_detection":{"type":"server_vad"}}}}}`},
		"transcription null":     {input(api.AudioInput{Transcription: api.NullOf[api.AudioTranscription]()}), head + `,"audio":{"input":{"transcription":null}}}}`},
		"transcription empty":    {input(api.AudioInput{Transcription: api.Value(api.AudioTranscription{})}), head + `,"audio":{"input":{"transcription":{}}}}}`},
		"noise reduction null":   {input(api.AudioInput{NoiseReduction: api.NullOf[api.NoiseReduction]()}), head + `,"audio":{"input":{"noise_reduction":null}}}}`},
		"zero threshold":         {input(api.AudioInput{TurnDetection: &api.ServerVAD{Threshold: new(0.0), PrefixPaddingMS: new(0)}}), head + `,"audio":{"input":{"turn_detection":{"type":"server_vad","threshold":0,"prefix_padding_ms":0}}}}}`},
		"false in VAD":           {input(api.AudioInput{TurnDetection: &api.ServerVAD{CreateResponse: new(false), InterruptResponse: new(false)}}), head + `,"audio":{"input":{"turn_detection":{"type":"server_vad","create_response":false,"interrupt_response":false}}}}}`},
		"idle timeout null":      {input(api.AudioInput{TurnDetection: &api.ServerVAD{IdleTimeoutMS: api.NullOf[int]()}}), head + `,"audio":{"input":{"turn_detection":{"type":"server_vad","idle_timeout_ms":null}}}}}`},
		"idle timeout":           {input(api.AudioInput{TurnDetection: &api.ServerVAD{IdleTimeoutMS: api.Value(30000)}}), head + `,"audio":{"input":{"turn_detection":{"type":"server_vad","idle_timeout_ms":30000}}}}}`},
		"headers null":           {realtimeUpdate(api.RealtimeSessionConfig{Tools: []api.Tool{&api.MCPTool{ServerLabel: "crm", ServerURL: new("https://x"), Headers: api.NullOf[map[string]string]()}}}), head + `,"tools":[{"type":"mcp","server_label":"crm","server_url":"https://x","headers":null}]}}`},
		"unknown member":         {realtimeUpdate(withExtra("temperature", "0.8")), head + `,"temperature":0.8}}`},
		"member instead of mine": {realtimeUpdate(withExtra("model", `"other"`)), head + `,"model":"other"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := c.update.AppendJSON(nil)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(out))
			require.NoError(t, check(unionOf(t, "ClientEvent"), out))
			again, err := api.DecodeClientEvent(out)
			require.NoError(t, err)
			session, ok := c.update.Session.(*api.RealtimeSessionConfig)
			require.True(t, ok)
			if session.Extra.Len() == 0 {
				assert.Equal(t, c.update, again)
			}
		})
	}
}

// withExtra returns a session with a model and one member in Extra.
func withExtra(name, raw string) api.RealtimeSessionConfig {
	c := api.RealtimeSessionConfig{}
	if name == "model" {
		c.Model = new(api.ModelGPTRealtime)
	}
	c.Extra.Set(name, []byte(raw))
	return c
}

// TestAudioUnsetAndEmpty distinguishes absent audio from audio without samples.
func TestAudioUnsetAndEmpty(t *testing.T) {
	t.Parallel()
	for data, want := range map[string][]byte{
		`{"type":"input_audio"}`:                nil,
		`{"type":"input_audio","audio":""}`:     {},
		`{"type":"input_audio","audio":"AQI="}`: {1, 2},
	} {
		var content api.UserContent
		require.NoError(t, content.UnmarshalJSON([]byte(data)))
		assert.Equal(t, want, content.Audio)
		assert.Equal(t, data, encoded(t, content))
	}
}

// TestNilPointersAreErrors checks that encoding an event with nil pointers returns an
// error.
func TestNilPointersAreErrors(t *testing.T) {
	t.Parallel()
	_, err := (*api.ResponseCancel)(nil).AppendJSON(nil)
	require.Error(t, err)
	require.Error(t, (*api.ResponseCancel)(nil).Validate())
	update := &api.SessionUpdate{Session: (*api.RealtimeSessionConfig)(nil)}
	_, err = update.AppendJSON(nil)
	require.Error(t, err)
	require.Error(t, update.Validate())
}
