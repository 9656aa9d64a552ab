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
			u, err := c.set.endpoint(tc.target, "", nil)
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

func TestCredentialsOnTheWire(t *testing.T) {
	t.Parallel()
	const encoded = "dXNlcjpwYXNzOndvcmQ=" // user:pass:word
	bearer, inBasic := http.Header{"Authorization": {"Bearer secret"}}, http.Header{"Authorization": {"Basic " + encoded}}
	for name, tc := range map[string]struct {
		credential Credential
		azure      bool
		query      string
		want       http.Header
		wantQuery  string
	}{
		"key":                      {credential: Key(" secret\n"), want: bearer},
		"key on Azure":             {credential: Key("secret"), azure: true, want: http.Header{"Api-Key": {"secret"}}},
		"token":                    {credential: Token("secret"), want: bearer},
		"token on Azure":           {credential: Token("secret"), azure: true, want: bearer},
		"basic":                    {credential: Basic("user", "pass:word"), want: inBasic},
		"basic, encoded":           {credential: BasicEncoded(encoded + "\n"), want: inBasic},
		"header":                   {credential: HeaderKey("x-auth-token", " secret\n"), want: http.Header{"X-Auth-Token": {"secret"}}},
		"header of another scheme": {credential: HeaderKey("Authorization", "Token secret"), want: http.Header{"Authorization": {"Token secret"}}},
		"header on Azure":          {credential: HeaderKey("Authorization", "Token secret"), azure: true, want: http.Header{"Authorization": {"Token secret"}}},
		"no key on purpose":        {credential: Credential{as: noKey}, want: http.Header{}},
		"query":                    {credential: QueryKey("key", "a b&c"), want: http.Header{}, wantQuery: "key=a+b%26c"},
		"query behind others":      {credential: QueryKey("key", "k"), query: "z=1&a=2", want: http.Header{}, wantQuery: "z=1&a=2&key=k"},
		"query instead of another": {credential: QueryKey("key", "k"), query: "z=1&key=2", want: http.Header{}, wantQuery: "z=1&key=k"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, u := http.Header{}, &url.URL{RawQuery: tc.query}
			require.NoError(t, tc.credential.set(h, u, tc.azure))
			assert.Equal(t, tc.want, h)
			assert.Equal(t, tc.wantQuery, u.RawQuery)
		})
	}
	for name, c := range map[string]Credential{
		"control character": Key("a\nb"), "none": {}, "blank": Key(" "), "no user": Basic("", ""), "colon": Basic("a:b", "c"),
		"no parameter": QueryKey("", "k"), "routing": QueryKey("model", "k"), "no key": QueryKey("key", ""),
		"no header": HeaderKey("", "k"), "no name of a header": HeaderKey("a: b\r\nc", "k"), "header without a key": HeaderKey("X-Auth-Token", " "),
		"the handshake's": HeaderKey("Upgrade", "k"), "the address's": HeaderKey("host", "k"), "a proxy's": HeaderKey("Proxy-Authorization", "k"),
	} {
		require.Error(t, c.set(http.Header{}, &url.URL{}, false), name)
	}
}

// TestQueryKeyStaysInTheDial holds that what shows an address shows no credential, and
// that requests carry it too.
func TestQueryKeyStaysInTheDial(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	got := make(chan string, 2)
	c := script(t, func(p *peer) { got <- p.Req.URL.String(); p.Created(); p.Drain() }, func(c *Config) {
		c.Credentials = Static(QueryKey("key", "hunter2-hunter2"))
		c.RewriteURL = func(u *url.URL) error {
			assert.NotContains(t, u.String(), "hunter2")
			return nil
		}
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	s := connect(t, c, nil)
	assert.Equal(t, "/v1/realtime?model=gpt-realtime&key=hunter2-hunter2", <-got)
	assert.Equal(t, "ws://127.0.0.1/v1/realtime?model=gpt-realtime", s.URL())
	assert.NotContains(t, log.String(), "hunter2")
	require.NoError(t, s.Close())
	res, err := c.API().HangupCall(t.Context(), "rtc_1")
	if err == nil {
		require.NoError(t, res.Body.Close())
	}
	require.Error(t, err, "the script takes no requests")
	assert.NotContains(t, err.Error(), "hunter2")
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
	request := RequestOptions{Header: cfg.Header, IdempotencyKey: secret}
	azure := Azure{Endpoint: "https://r.example/?sig=" + secret}
	basic, inQuery, inHeader := Basic("user", secret), QueryKey("key", secret), HeaderKey("X-Auth-Token", secret)
	for _, v := range []any{
		cfg, &cfg, Key(secret), new(Key(secret)),
		struct{ C Credential }{Key(secret)},
		struct{ c Credential }{Key(secret)},
		map[string]Credential{"a": Key(secret)},
		basic, inQuery, inHeader,
		struct{ a, b Credential }{basic, inQuery},
		Static(basic),
		request, &request,
		struct{ O *RequestOptions }{&request},
		struct{ O RequestOptions }{request},
		azure, &azure,
		struct{ A Azure }{azure},
		Config{Azure: &azure},
		struct{ A *Azure }{&azure},
		c, *c, c.set.credentials, s, opts, &opts,
		struct{ O Options }{opts},
		WithRequestOptions(t.Context(), &request),
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
