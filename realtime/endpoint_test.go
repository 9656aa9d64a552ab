package realtime

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

func TestEndpoint(t *testing.T) {
	t.Parallel()
	azure := func(endpoint string) *Config { return &Config{Azure: &Azure{Endpoint: endpoint, Deployment: "dep"}} }
	for name, tc := range map[string]struct {
		cfg    *Config
		target Target
		want   string
	}{
		"default":             {&Config{}, Model("gpt-realtime"), "wss://api.openai.com/v1/realtime?model=gpt-realtime"},
		"typed model":         {&Config{}, Model(api.ModelGPTRealtime), "wss://api.openai.com/v1/realtime?model=gpt-realtime"},
		"slash":               {&Config{BaseURL: "https://h/v1/"}, Call("rtc_1"), "wss://h/v1/realtime?call_id=rtc_1"},
		"odd call id":         {&Config{BaseURL: "https://h/v1"}, Call("rtc/1&model=x"), "wss://h/v1/realtime?call_id=rtc%2F1%26model%3Dx"},
		"stale query":         {&Config{BaseURL: "https://h/v1?x=1&model=old&intent=z#frag"}, Transcription(), "wss://h/v1/realtime?intent=transcription&x=1"},
		"loopback in clear":   {&Config{BaseURL: "http://localhost:8080/v1"}, Model("m"), "ws://localhost:8080/v1/realtime?model=m"},
		"loopback v6":         {&Config{BaseURL: "ws://[::1]:1/v1"}, Model("m"), "ws://[::1]:1/v1/realtime?model=m"},
		"translation":         {&Config{BaseURL: "https://h/v1"}, translationTarget("gpt-t"), "wss://h/v1/realtime/translations?model=gpt-t"},
		"azure":               {azure("https://r.openai.azure.com"), Model("d2"), "wss://r.openai.azure.com/openai/v1/realtime?model=d2"},
		"azure's deployment":  {azure("https://r.openai.azure.com/"), Model(""), "wss://r.openai.azure.com/openai/v1/realtime?model=dep"},
		"azure, longer":       {azure("https://r.openai.azure.com/openai/v1/?api-version=2024"), Call("c"), "wss://r.openai.azure.com/openai/v1/realtime?call_id=c"},
		"azure, longest":      {azure("https://r.openai.azure.com/openai/v1/realtime"), Transcription(), "wss://r.openai.azure.com/openai/v1/realtime?intent=transcription"},
		"azure behind a path": {azure("https://gw/team/openai"), Model("d"), "wss://gw/team/openai/v1/realtime?model=d"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := NewClient(tc.cfg)
			require.NoError(t, err)
			u, err := c.set.endpoint(tc.target, "")
			require.NoError(t, err)
			assert.Equal(t, tc.want, u.String())
		})
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"http://example.com/v1", "ws://10.0.0.1/v1", "ftp://h/v1", "/v1", "https://user:hunter2@h/v1", "http://localhost.evil.com/v1", ":",
	} {
		_, err := NewClient(&Config{BaseURL: raw})
		require.Error(t, err, raw)
		assert.NotContains(t, err.Error(), "hunter2")
	}
	_, err := NewClient(&Config{Azure: &Azure{}})
	require.Error(t, err)
	for _, name := range []string{"authorization", "API-KEY", "Sec-WebSocket-Protocol", "host"} {
		_, err := NewClient(&Config{Header: http.Header{name: {"x"}}})
		require.ErrorContains(t, err, "cannot be set")
	}
}

func TestEmptyTargetsFailBeforeTheNetwork(t *testing.T) {
	t.Parallel()
	c, net := scriptNet(t, func(*peer) {})
	for _, target := range []Target{nil, Model(""), Call("")} {
		_, err := c.Connect(t.Context(), target, nil)
		require.Error(t, err)
	}
	azure, err := NewClient(&Config{Azure: &Azure{Endpoint: "https://r.openai.azure.com"}, APIKey: "k"})
	require.NoError(t, err)
	_, err = azure.Connect(t.Context(), Model(""), nil)
	require.ErrorContains(t, err, "no name", "neither the target nor the client names a deployment")
	_, err = c.ConnectTranslation(t.Context(), "", nil)
	require.Error(t, err)
	_, err = c.Connect(t.Context(), Model("m"), &Options{Header: http.Header{"Authorization": {"Bearer x"}}})
	require.Error(t, err)
	_, err = c.Connect(t.Context(), Model("m"), &Options{Overflow: 9})
	require.Error(t, err)
	assert.Zero(t, net.Dials())
}

func TestRewriteURLMayNotLeaveTheHost(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		hook func(*url.URL) error
		want string // "" is a refusal
	}{
		"path and query": {func(u *url.URL) error { u.Path += "/x"; u.RawQuery += "&y=1#"; return nil }, "/v1/realtime/x"},
		"scheme":         {func(u *url.URL) error { u.Scheme = "http"; return nil }, ""},
		"host":           {func(u *url.URL) error { u.Host = "evil"; return nil }, ""},
		"port":           {func(u *url.URL) error { u.Host += ":1"; return nil }, ""},
		"user":           {func(u *url.URL) error { u.User = url.User("a"); return nil }, ""},
		"opaque":         {func(u *url.URL) error { u.Opaque = "//evil"; return nil }, ""},
		"error":          {func(*url.URL) error { return errors.New("no") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, net := scriptNet(t, func(p *peer) {
				assert.Equal(t, tc.want, p.Req.URL.Path)
				p.Created()
				p.Drain()
			}, func(c *Config) { c.RewriteURL = tc.hook })
			s, err := c.Connect(t.Context(), Model("m"), nil)
			if tc.want == "" {
				require.Error(t, err)
				assert.Zero(t, net.Dials())
				return
			}
			require.NoError(t, err)
			require.NoError(t, s.Close())
		})
	}
}

func TestExactURL(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		assert.Equal(t, "/elsewhere?a=b&token=sesame", p.Req.URL.String())
		p.Created()
		p.Drain()
	})
	s := connect(t, c, &Options{URL: "ws://127.0.0.1/elsewhere?a=b&token=sesame"})
	assert.NotContains(t, s.URL(), "sesame")
	_, err := c.Connect(t.Context(), Model("m"), &Options{URL: "ws://example.com/"})
	require.Error(t, err)
}

func TestHandshakeHeaders(t *testing.T) {
	t.Parallel()
	got := make(chan http.Header, 1)
	play := func(p *peer) { got <- p.Req.Header; p.Created(); p.Drain() }
	c := script(t, play, func(c *Config) {
		c.Organization, c.Project = "org_1", "proj_1"
		c.Header = http.Header{"x-mine": {"1"}}
	})
	s := connect(t, c, &Options{Header: http.Header{"X-Call": {"2"}}})
	h := <-got
	for name, want := range map[string]string{
		"Openai-Organization": "org_1", "Openai-Project": "proj_1", "X-Mine": "1", "X-Call": "2",
		"Sec-Websocket-Extensions": "", "Openai-Beta": "", "Authorization": "Bearer sk-test-secret",
	} {
		assert.Equal(t, want, h.Get(name), name)
	}
	assert.True(t, strings.HasPrefix(h.Get("User-Agent"), "realtime-go/"))
	require.NoError(t, s.Close())

	s = connect(t, c, &Options{Compression: true})
	assert.Contains(t, (<-got).Get("Sec-Websocket-Extensions"), "permessage-deflate")
	require.NoError(t, s.SendText(t.Context(), strings.Repeat("compressed ", 100)))
	require.NoError(t, s.Close())
}

func TestAzureCredentials(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		credential Credential
		want       http.Header
	}{
		"key":   {Key("secret"), http.Header{"Api-Key": {"secret"}}},
		"token": {Token("secret"), http.Header{"Authorization": {"Bearer secret"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			require.NoError(t, tc.credential.set(h, true))
			assert.Equal(t, tc.want, h)
		})
	}
	require.Error(t, Key("a\nb").set(http.Header{}, false))
	require.Error(t, Credential{}.set(http.Header{}, false))
}

// TestNothingPrintsASecret prints everything that holds one, every way.
func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	const secret = "sk-hunter2-hunter2"
	cfg := Config{
		APIKey: secret, BaseURL: "http://127.0.0.1/v1?sig=" + secret, Header: http.Header{"X-Gateway": {secret}},
	}
	c := script(t, func(p *peer) { p.Created(); p.Drain() }, func(c *Config) {
		c.APIKey, c.BaseURL, c.Header = cfg.APIKey, cfg.BaseURL, cfg.Header
	})
	s := connect(t, c, nil)
	opts := Options{URL: cfg.BaseURL, Header: cfg.Header}
	for _, v := range []any{
		cfg, &cfg, Key(secret), new(Key(secret)),
		struct{ C Credential }{Key(secret)},
		struct{ c Credential }{Key(secret)},
		map[string]Credential{"a": Key(secret)},
		c, *c, c.set.credentials, s, opts, &opts,
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			text := fmt.Sprintf(verb, v)
			assert.NotContains(t, text, "hunter2", "%s of %T", verb, v)
			assert.NotContains(t, text, fmt.Sprintf("%x", "hunter2"), "%s of %T", verb, v)
		}
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		assert.NotContains(t, log.String(), "hunter2", "%T", v)
		if data, err := json.Marshal(v); err == nil {
			assert.NotContains(t, string(data), "hunter2", "%T", v)
		}
	}
	require.NoError(t, s.Close())
}
