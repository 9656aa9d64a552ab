package openaigo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/auth"
	"github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	vendor "github.com/openai/openai-go/v3/realtime"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

// client makes a client of this module from the vendor's options.
func client(t *testing.T, opts ...option.RequestOption) *realtime.Client {
	t.Helper()
	cfg, err := Config(openai.NewClient(opts...))
	require.NoError(t, err)
	c, err := realtime.NewClient(cfg)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// talk opens a session and holds a short conversation.
func talk(t *testing.T, c *realtime.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := c.Connect(ctx, realtime.Model("gpt-realtime"), nil)
	require.NoError(t, err)
	defer s.Close()
	s.Discard()
	require.NoError(t, s.SendText(ctx, "hello"))
	stream, err := s.Respond(ctx, nil)
	require.NoError(t, err)
	answer, err := stream.Answer(ctx)
	require.NoError(t, err)
	assert.NotEmpty(t, answer.Transcript)
}

func TestOneClientConfiguresBoth(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(nil)
	defer srv.Close()
	var seen atomic.Int64
	trace := func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		seen.Add(1)
		r.Header.Set("X-Trace", "trace-1")
		return next(r)
	}
	c := client(t, option.WithBaseURL(srv.URL), option.WithAPIKey("sk-both"), option.WithOrganization("org-1"),
		option.WithProject("proj-1"), option.WithHeader("X-Team", "voice"), option.WithMiddleware(trace))
	assert.Zero(t, seen.Load(), "making the configuration asks nothing")
	talk(t, c)
	conn, err := srv.Accept(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "sk-both", conn.Credential().Key)
	for name, want := range map[string]string{"OpenAI-Organization": "org-1", "OpenAI-Project": "proj-1", "X-Team": "voice", "X-Trace": "trace-1"} {
		assert.Equal(t, want, conn.Header().Get(name), name)
	}
	assert.Empty(t, conn.Header().Get("X-Stainless-Lang"))
	assert.Positive(t, seen.Load())

	before := seen.Load()
	_, err = c.CreateClientSecret(t.Context(), &api.ClientSecretRequest{}, nil)
	require.NoError(t, err)
	assert.Greater(t, seen.Load(), before, "REST requests pass through the middleware, too")
}

// The token is asked for before each dial, and renewed by the vendor's client when the
// server refuses it.
func TestWorkloadIdentity(t *testing.T) {
	t.Parallel()
	var exchanges atomic.Int64
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := exchanges.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"access_token": fmt.Sprintf("token-%d", n), "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
			"token_type": "Bearer", "expires_in": 3600,
		})
	}))
	defer tokens.Close()
	redirect := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path, "token") {
			r = r.Clone(r.Context())
			r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(tokens.URL, "http://")
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
	srv := realtimetest.NewServer(nil)
	defer srv.Close()
	c := client(t, option.WithBaseURL(srv.URL), option.WithHTTPClient(redirect), option.WithWorkloadIdentity(auth.WorkloadIdentity{
		IdentityProviderID: "idp_1", ServiceAccountID: "sa_1", Provider: subject{},
	}))
	assert.Zero(t, exchanges.Load())
	talk(t, c)
	assert.EqualValues(t, 1, exchanges.Load())
	conn, err := srv.Accept(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "token-1", conn.Credential().Key)
	talk(t, c)
	assert.EqualValues(t, 1, exchanges.Load(), "their client keeps the token")
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// subject is an identity provider.
type subject struct{}

func (subject) TokenType() auth.SubjectTokenType { return auth.SubjectTokenTypeJWT }

func (subject) GetToken(context.Context, auth.HTTPDoer) (string, error) { return "subject", nil }

// A Timeout of their HTTP client bounds the handshake, and does not end the session.
func TestAnHTTPClientWithATimeout(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(nil)
	defer srv.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c := client(t, option.WithBaseURL(srv.URL), option.WithAPIKey("sk"), option.WithHTTPClient(&http.Client{Timeout: time.Minute, Transport: transport}))
	talk(t, c)
	talk(t, c)
}

func TestRefusalsAreTyped(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"error":{"message":"no access","code":"forbidden"}}`)
	}))
	defer srv.Close()
	c := client(t, option.WithBaseURL(srv.URL), option.WithAPIKey("sk"))
	_, err := c.Connect(t.Context(), realtime.Model("m"), nil)
	var refused *realtime.APIError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, http.StatusForbidden, refused.Status)
}

func TestMiddlewareCanRefuse(t *testing.T) {
	t.Parallel()
	no := func(*http.Request, option.MiddlewareNext) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
	c := client(t, option.WithBaseURL("https://example.com/v1"), option.WithAPIKey("sk"), option.WithMiddleware(no))
	_, err := c.Connect(t.Context(), realtime.Model("m"), nil)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestAzureHasNoBearer(t *testing.T) {
	t.Parallel()
	c := client(t, azure.WithEndpoint("https://name.openai.azure.com", "2025-04-01-preview"), azure.WithAPIKey("key"))
	_, err := c.Connect(t.Context(), realtime.Model("m"), nil)
	require.ErrorIs(t, err, ErrNoBearer)
}

// A real conversation crosses: what the vendor's types show is what ours do.
func TestAConversationCrosses(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(nil)
	defer srv.Close()
	c := client(t, option.WithBaseURL(srv.URL), option.WithAPIKey("sk"))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := c.Connect(ctx, realtime.Model("gpt-realtime"), nil)
	require.NoError(t, err)
	defer s.Close()
	theirs := vendor.RealtimeClientEventUnionParam{OfConversationItemCreate: &vendor.ConversationItemCreateEventParam{
		Item: vendor.ConversationItemParamOfRealtimeUserMessageItem([]vendor.RealtimeConversationItemUserMessageContentParam{
			{Type: "input_text", Text: param.NewOpt("hello")},
		}),
	}}
	for _, e := range []vendor.RealtimeClientEventUnionParam{theirs, {OfResponseCreate: &vendor.ResponseCreateEventParam{}}} {
		ours, err := FromClientEvent(e)
		require.NoError(t, err)
		require.NoError(t, s.Send(ctx, ours))
	}
	for e, err := range s.Events(ctx) {
		require.NoError(t, err)
		theirs, err := ServerEvent(e)
		require.NoError(t, err)
		require.Equal(t, e.EventType(), theirs.Type)
		if done, ok := e.(*api.ResponseDone); ok {
			assert.Equal(t, done.Response.ID, theirs.OfResponseDoneEvent.Response.ID)
			return
		}
	}
	t.Fatal("no response.done")
}
