package calls_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestOperationsOnTheWire(t *testing.T) {
	t.Parallel()
	srv, client := setup(t, &realtimetest.Config{Intercept: func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusOK)
		return true
	}}, nil)
	ctx := t.Context()
	o := &realtime.RequestOptions{Header: http.Header{"X-Trace": {"7"}}, IdempotencyKey: "key-1"}
	require.NoError(t, client.Accept(ctx, "rtc/1", session(), o))
	require.NoError(t, client.Accept(ctx, "rtc_1", nil, nil))
	require.NoError(t, client.Reject(ctx, "rtc_1", 0, nil))
	require.NoError(t, client.Reject(ctx, "rtc_1", 486, nil))
	require.NoError(t, client.Refer(ctx, "rtc_1", "sip:a@b", nil))
	require.NoError(t, client.Hangup(ctx, "rtc 1?", nil))
	want := []struct{ path, body string }{
		{"rtc%2F1/accept", `{"type":"realtime","model":"gpt-realtime"}`},
		{"rtc_1/accept", `{"type":"realtime"}`},
		{"rtc_1/reject", `{}`},
		{"rtc_1/reject", `{"status_code":486}`},
		{"rtc_1/refer", `{"target_uri":"sip:a@b"}`},
		{"rtc%201%3F/hangup", ""},
	}
	got := srv.Requests()
	require.Len(t, got, len(want))
	for i, w := range want {
		assert.Equal(t, "/v1/realtime/calls/"+w.path, got[i].Path)
		assert.Equal(t, "sk-secret", got[i].Credential.Key)
		if w.body == "" {
			assert.Empty(t, got[i].Body)
			continue
		}
		assert.JSONEq(t, w.body, string(got[i].Body))
	}
	assert.Equal(t, "7", got[0].Header.Get("X-Trace"))
	assert.Equal(t, "key-1", got[0].Header.Get("Idempotency-Key"))
	assert.Empty(t, got[1].Header.Get("Idempotency-Key"))
}

func TestOperationsAreCheckedBeforeTheNetwork(t *testing.T) {
	t.Parallel()
	srv, client := setup(t, nil, nil)
	ctx := t.Context()
	require.ErrorIs(t, client.Accept(ctx, "", session(), nil), calls.ErrNoCallID)
	require.ErrorIs(t, client.Reject(ctx, "", 0, nil), calls.ErrNoCallID)
	require.ErrorIs(t, client.Refer(ctx, "", "tel:+1", nil), calls.ErrNoCallID)
	require.ErrorIs(t, client.Hangup(ctx, "", nil), calls.ErrNoCallID)
	for _, id := range []string{".", ".."} {
		require.ErrorContains(t, client.Hangup(ctx, id, nil), "path element")
	}
	for _, target := range []string{"", "tel:", "mailto:a@b", "+15550100"} {
		require.ErrorContains(t, client.Refer(ctx, "rtc_1", target, nil), "tel: or sip:")
	}
	bad := session()
	bad.MaxOutputTokens = api.TokenLimit(5000)
	require.ErrorContains(t, client.Accept(ctx, "rtc_1", bad, nil), "max_output_tokens")
	_, err := client.Create(ctx, "v=0", bad, nil)
	require.ErrorContains(t, err, "max_output_tokens")
	_, err = client.Create(ctx, " ", nil, nil)
	require.ErrorContains(t, err, "empty")
	assert.Empty(t, srv.Requests())
}

// trouble holds statuses with which the first requests are answered, by the last
// segment of their path.
type trouble map[string][]int

func (f trouble) intercept(w http.ResponseWriter, r *http.Request) bool {
	for end, statuses := range f {
		if strings.HasSuffix(r.URL.Path, end) && len(statuses) > 0 {
			f[end] = statuses[1:]
			if statuses[0] != 0 {
				w.WriteHeader(statuses[0])
				return true
			}
		}
	}
	return false
}

func TestOperationsAreRepeatedWhereThatIsSafe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := trouble{"accept": {500}, "refer": {502}, "hangup": {503, 404}}
		srv, client := setup(t, &realtimetest.Config{Intercept: f.intercept}, nil)
		call, _ := ring(t, srv)
		ctx := t.Context()
		require.NoError(t, client.Accept(ctx, call.ID(), session(), nil))
		e, ok := errors.AsType[*realtime.APIError](client.Refer(ctx, call.ID(), "tel:+1", nil))
		require.True(t, ok)
		assert.Equal(t, 502, e.Status)
		assert.Equal(t, 1, e.Attempts, "the target must not be dialed twice")
		require.NoError(t, client.Hangup(ctx, call.ID(), nil), "the first attempt may have ended it")
		f["refer"] = []int{502}
		require.NoError(t, client.Refer(ctx, call.ID(), "tel:+1", &realtime.RequestOptions{IdempotencyKey: "k"}))
		assert.Equal(t, realtimetest.EndReferred, ended(t, call).By)
		e, ok = errors.AsType[*realtime.APIError](client.Hangup(ctx, call.ID(), nil))
		require.True(t, ok)
		assert.True(t, e.IsNotFound())
		assert.Equal(t, "call_id_not_found", e.Code)
	})
}

func TestCreate(t *testing.T) {
	t.Parallel()
	srv, client := setup(t, nil, nil)
	created, err := client.Create(t.Context(), "v=0\r\n", session(), nil)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(created.Answer, "v=0"))
	require.NotNil(t, srv.Call(created.ID))
	sent := srv.Requests()[0]
	assert.Equal(t, "application/sdp", sent.Header.Get("Accept"))
	assert.NotContains(t, string(sent.Body), "filename")
	require.NoError(t, client.Hangup(t.Context(), created.ID, nil))

	_, err = client.Create(t.Context(), "v=0\r\n", nil, nil)
	e, ok := errors.AsType[*realtime.APIError](err)
	require.True(t, ok)
	assert.Equal(t, "missing_model", e.Code)
	assert.Equal(t, "v=0\r\n", string(srv.Requests()[2].Body), "the bare offer")
}

func TestCreateWithASecret(t *testing.T) {
	t.Parallel()
	srv, _ := setup(t, nil, nil)
	rt, err := realtime.NewClient(&realtime.Config{APIKey: "sk", BaseURL: srv.URL, Proxy: realtime.NoProxy, DialContext: srv.DialContext})
	require.NoError(t, err)
	defer rt.CloseIdleConnections()
	secret, err := rt.CreateClientSecret(t.Context(), &api.ClientSecretRequest{Session: session()}, nil)
	require.NoError(t, err)
	_, device := setup(t, nil, func(c *realtime.Config) {
		c.BaseURL, c.DialContext, c.APIKey = srv.URL, srv.DialContext, secret.Value()
	})
	created, err := device.Create(t.Context(), "v=0\r\n", nil, nil)
	require.NoError(t, err)
	assert.Equal(t, api.Model("gpt-realtime"), *srv.Call(created.ID).Session().Model)
}

func TestCreateRefusesOddAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ location, body, says string }{
		"no location":    {"", "v=0", "has no call id"},
		"no id in it":    {"/v1/realtime/calls/", "v=0", "has no call id"},
		"not an address": {"%zz", "v=0", "has no call id"},
		"no SDP":         {"/v1/realtime/calls/rtc_9?x=y", "<html>", "not SDP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, client := setup(t, &realtimetest.Config{Intercept: func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, "/calls") {
					w.Header().Set("Location", test.location)
					w.WriteHeader(http.StatusCreated)
				}
				_, err := io.WriteString(w, test.body)
				return err == nil
			}}, nil)
			_, err := client.Create(t.Context(), "v=0", nil, nil)
			require.ErrorIs(t, err, realtime.ErrUnexpectedAnswer)
			require.ErrorContains(t, err, test.says)
			if name == "no SDP" {
				assert.Equal(t, "/v1/realtime/calls/rtc_9/hangup", srv.Requests()[1].Path)
			}
		})
	}
}

func TestAbandonedCallIsHungUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		arrived, release := make(chan struct{}), make(chan struct{})
		srv, client := setup(t, &realtimetest.Config{Intercept: func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/calls") {
				close(arrived)
				<-release
			}
			return false
		}}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-arrived
			cancel()
		}()
		_, err := client.Create(ctx, "v=0", session(), nil)
		require.ErrorIs(t, err, context.Canceled)
		synctest.Wait()
		assert.Nil(t, srv.Call("rtc_0001"), "it does not exist yet")
		close(release)
		client.Wait()
		assert.Equal(t, realtimetest.EndHangup, ended(t, srv.Call("rtc_0001")).By)

		_, err = client.Create(ctx, "v=0", session(), nil)
		require.ErrorIs(t, err, context.Canceled)
		assert.Nil(t, srv.Call("rtc_0002"), "no request was sent")
	})
}

func TestAbandonedRequestEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, client := setup(t, &realtimetest.Config{Intercept: func(_ http.ResponseWriter, r *http.Request) bool {
			<-r.Context().Done()
			return true
		}}, func(c *realtime.Config) { c.RequestTimeout = -1 })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		_, err := client.Create(ctx, "v=0", session(), nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(begin), "the caller does not wait")
		client.Wait()
		assert.Equal(t, 11*time.Second, time.Since(begin))
	})
}

// TestAcceptCarriesAWholeSession accepts a call with every member of a session. The
// server refuses unknown members.
func TestAcceptCarriesAWholeSession(t *testing.T) {
	t.Parallel()
	srv, client := setup(t, nil, nil)
	call, _ := ring(t, srv)
	err := client.Accept(t.Context(), call.ID(), &api.RealtimeSessionConfig{
		Model:            new(api.Model("a-model-of-tomorrow")),
		OutputModalities: []api.Modality{api.ModalityAudio},
		Instructions:     new(""),
		Audio: &api.SessionAudio{
			Input: &api.AudioInput{
				Format: &api.AudioPCMU{}, NoiseReduction: api.NullOf[api.NoiseReduction](),
				TurnDetection: &api.SemanticVAD{CreateResponse: new(false)},
			},
			Output: &api.AudioOutput{Format: &api.AudioPCMA{}, Voice: &api.CustomVoice{ID: "voice_1"}, Speed: new(1.5)},
		},
		Include:           api.NullOf[[]api.Include](),
		Tracing:           api.Null{},
		Tools:             []api.Tool{&api.FunctionTool{Name: "f"}, &api.MCPTool{ServerLabel: "m", ServerURL: new("https://m.example")}},
		ToolChoice:        &api.ToolChoiceFunction{Name: "f"},
		ParallelToolCalls: new(true),
		Reasoning:         &api.Reasoning{Effort: new(api.ReasoningEffortLow)},
		MaxOutputTokens:   api.TokenLimitInf,
		Truncation:        &api.RetentionRatio{RetentionRatio: 0.5, TokenLimits: &api.TruncationTokenLimits{PostInstructions: new(8000)}},
		Prompt:            api.NullOf[api.Prompt](),
	}, nil)
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"type": "realtime", "model": "a-model-of-tomorrow", "output_modalities": ["audio"], "instructions": "",
		"audio": {
			"input": {"format": {"type": "audio/pcmu"}, "noise_reduction": null, "turn_detection": {"type": "semantic_vad", "create_response": false}},
			"output": {"format": {"type": "audio/pcma"}, "voice": {"id": "voice_1"}, "speed": 1.5}
		},
		"include": null, "tracing": null,
		"tools": [{"type": "function", "name": "f"}, {"type": "mcp", "server_label": "m", "server_url": "https://m.example"}],
		"tool_choice": {"type": "function", "name": "f"}, "parallel_tool_calls": true, "reasoning": {"effort": "low"},
		"max_output_tokens": "inf", "prompt": null,
		"truncation": {"type": "retention_ratio", "retention_ratio": 0.5, "token_limits": {"post_instructions": 8000}}
	}`, string(srv.Requests()[0].Body))
	assert.Equal(t, api.TokenLimitInf, call.Session().MaxOutputTokens)
	assert.True(t, call.Session().Prompt.IsNull())
}

// TestNilClient has no client to send with: an error and no panic.
func TestNilClient(t *testing.T) {
	t.Parallel()
	for _, c := range []*calls.Client{calls.New(nil), nil} {
		require.Error(t, c.Hangup(t.Context(), "rtc_1", nil))
		require.Error(t, c.Reject(t.Context(), "rtc_1", 0, nil))
		require.Error(t, c.Refer(t.Context(), "rtc_1", "tel:+1", nil))
		require.Error(t, c.Accept(t.Context(), "rtc_1", nil, nil))
		_, err := c.Create(t.Context(), "v=0", nil, nil)
		require.Error(t, err)
	}
	assert.Empty(t, calls.Header(nil, "X"))
}
