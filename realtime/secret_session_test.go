package realtime_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// secretMember is a member of a secret's session, and what Go makes of it.
type secretMember struct {
	data string
	want api.RealtimeSession
}

// TestSecretSessionMembers decodes each member of a secret's session by itself, beside
// its id and model.
func TestSecretSessionMembers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]secretMember{
		"instructions":      {`"instructions":"Hi"`, api.RealtimeSession{Instructions: new("Hi")}},
		"token limit":       {`"max_output_tokens":100`, api.RealtimeSession{MaxOutputTokens: api.TokenLimit(100)}},
		"no token limit":    {`"max_output_tokens":"inf"`, api.RealtimeSession{MaxOutputTokens: api.TokenLimitInf}},
		"output modalities": {`"output_modalities":["text"]`, api.RealtimeSession{OutputModalities: []api.Modality{api.ModalityText}}},
		"prompt": {
			`"prompt":{"id":"pmpt_1","version":"2"}`,
			api.RealtimeSession{Prompt: api.Value(api.Prompt{ID: "pmpt_1", Version: api.Value("2")})},
		},
		"no prompt":   {`"prompt":null`, api.RealtimeSession{Prompt: api.NullOf[api.Prompt]()}},
		"tool choice": {`"tool_choice":"required"`, api.RealtimeSession{ToolChoice: api.ToolChoiceRequired}},
		"chosen tool": {`"tool_choice":{"type":"function","name":"f"}`, api.RealtimeSession{ToolChoice: &api.ToolChoiceFunction{Name: "f"}}},
		"tools": {
			`"tools":[{"type":"function","name":"f","parameters":{}},{"type":"mcp","server_label":"crm","server_url":"https://crm.example"}]`,
			api.RealtimeSession{Tools: []api.Tool{
				&api.FunctionTool{Name: "f", Parameters: json.RawMessage(`{}`)},
				&api.MCPTool{ServerLabel: "crm", ServerURL: new("https://crm.example")},
			}},
		},
		"tracing":    {`"tracing":{"workflow_name":"w"}`, api.RealtimeSession{Tracing: &api.TracingConfig{WorkflowName: new("w")}}},
		"no tracing": {`"tracing":null`, api.RealtimeSession{Tracing: api.Null{}}},
		"truncation": {`"truncation":"disabled"`, api.RealtimeSession{Truncation: api.TruncationDisabled}},
		"retention ratio": {
			`"truncation":{"type":"retention_ratio","retention_ratio":0.5,"token_limits":{"post_instructions":8000}}`,
			api.RealtimeSession{Truncation: &api.RetentionRatio{
				RetentionRatio: 0.5, TokenLimits: &api.TruncationTokenLimits{PostInstructions: new(8000)},
			}},
		},
		"reasoning": {`"reasoning":{"effort":"low"}`, api.RealtimeSession{Reasoning: &api.Reasoning{Effort: new(api.ReasoningEffortLow)}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &faults{replies: []string{answer(200, jsonType,
				`{"value":"ek_1","expires_at":1800000000,"session":{"type":"realtime","id":"sess_1","object":"realtime.session","model":"gpt-realtime-9",`+tc.data+`}}`)}}
			s, err := f.client(t, nil).CreateClientSecret(t.Context(), nil, nil)
			require.NoError(t, err)
			f.wg.Wait()
			tc.want.ID, tc.want.Model = "sess_1", "gpt-realtime-9"
			assert.Equal(t, &tc.want, s.Session)
		})
	}
}

// TestSecretOpensATranscriptionSession does what the beta's endpoint for
// transcription sessions did.
func TestSecretOpensATranscriptionSession(t *testing.T) {
	t.Parallel()
	srv := realtimetest.New(nil)
	defer srv.Close()
	here := func(c *realtime.Config) { c.DialContext = srv.DialContext }
	client := (&faults{}).client(t, here)
	defer client.CloseIdleConnections()
	secret, err := client.CreateClientSecret(t.Context(), &api.ClientSecretRequest{
		Session: &api.TranscriptionSessionConfig{Audio: &api.TranscriptionAudio{Input: &api.AudioInput{
			Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
		}}},
	}, nil)
	require.NoError(t, err)
	device := (&faults{}).client(t, func(c *realtime.Config) { here(c); c.APIKey = secret.Value() })
	s, err := device.Connect(t.Context(), realtime.Transcription(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	for _, session := range []api.Session{secret.Session, s.Current()} {
		got, ok := session.(*api.TranscriptionSession)
		require.True(t, ok, "is a %T", session)
		transcription, _ := got.Audio.Input.Transcription.Get()
		assert.Equal(t, api.TranscriptionModelGPTTranscribe, *transcription.Model)
	}
}

// TestDefaultsDialASession dials with what the environment says, and with what
// a configuration says.
func TestDefaultsDialASession(t *testing.T) {
	keys := make(chan string, 1)
	srv := realtimetest.NewServer(&realtimetest.Config{Credentials: func(c realtimetest.Credential) error {
		keys <- c.Key
		return nil
	}})
	defer srv.Close()
	t.Setenv("OPENAI_API_KEY", "sk-env")
	t.Setenv("OPENAI_BASE_URL", srv.URL)
	for want, cfg := range map[string]*realtime.Config{"sk-env": nil, "sk-own": {APIKey: "sk-own"}} {
		client, err := realtime.NewClient(cfg)
		require.NoError(t, err)
		s, err := client.Connect(t.Context(), realtime.Model(api.ModelGPTRealtime2_1), nil)
		require.NoError(t, err)
		assert.Equal(t, want, <-keys)
		current, ok := s.Current().(*api.RealtimeSession)
		require.True(t, ok)
		assert.Equal(t, api.ModelGPTRealtime2_1, current.Model)
		require.NoError(t, s.Close())
	}
}

// TestServerErrorBranches holds that each kind of error takes its own branch,
// and no other.
func TestServerErrorBranches(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"invalid_request_error": "fix the event", "server_error": "try again", "rate_limit_error": "wait", "surprise_error": "give up",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := realtimetest.New(&realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
				{Do: []realtimetest.Step{realtimetest.Refuse{Type: name, Message: "no"}}},
			}}})
			defer srv.Close()
			client := (&faults{}).client(t, func(c *realtime.Config) { c.DialContext = srv.DialContext })
			s, err := client.Connect(t.Context(), realtime.Model("m"), nil)
			require.NoError(t, err)
			defer func() { require.NoError(t, s.Close()) }()
			assert.Equal(t, want, branch(s.Request(t.Context(), &api.ResponseCreate{})))
		})
	}
}
