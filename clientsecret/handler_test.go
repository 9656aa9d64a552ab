package clientsecret_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/clientsecret"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

const apiKey = "sk-stays-on-the-server"

// vendor is the API. It answers with the status and body, and records requests.
type vendor struct {
	status int // default 200
	body   string
	header http.Header
	wait   func(ctx context.Context) error // before the answer; nil: none

	mu    sync.Mutex
	got   []*http.Request // guarded by mu
	sent  []string        // their bodies; guarded by mu
	calls chan struct{}
}

func newVendor() *vendor {
	return &vendor{
		status: http.StatusOK, calls: make(chan struct{}, 100),
		body: `{"value":"ek_1","expires_at":1800000000,"session":{"type":"realtime","id":"sess_1","object":"realtime.session",
			"model":"gpt-realtime-2.1","instructions":"Between us.","audio":{},"tools":[]}}`,
	}
}

func (v *vendor) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	v.got, v.sent = append(v.got, r), append(v.sent, string(body))
	v.mu.Unlock()
	v.calls <- struct{}{}
	if v.wait != nil {
		if err := v.wait(r.Context()); err != nil {
			return nil, err
		}
	}
	h := v.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Content-Type", "application/json")
	return &http.Response{
		StatusCode: v.status, ProtoMajor: 1, ProtoMinor: 1, Header: h, Request: r,
		Body: io.NopCloser(strings.NewReader(v.body)), ContentLength: int64(len(v.body)),
	}, nil
}

func (v *vendor) requests() ([]*http.Request, []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.got, v.sent
}

func (v *vendor) client(t *testing.T) *realtime.Client {
	t.Helper()
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: apiKey, BaseURL: "https://api.example.com/v1", HTTPClient: &http.Client{Transport: v}, Retries: -1,
	})
	require.NoError(t, err)
	return client
}

func conversation() *api.RealtimeSessionConfig {
	return &api.RealtimeSessionConfig{Model: new(api.ModelGPTRealtime2_1), Instructions: new("Between us.")}
}

// handler returns a handler over v whose user is Ann, and its log.
func handler(t *testing.T, v *vendor, change func(*clientsecret.Config)) (http.Handler, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	cfg := &clientsecret.Config{
		Client: v.client(t), Logger: slog.New(slog.NewJSONHandler(&log, nil)),
		Authorize: func(*http.Request) (string, error) { return "ann", nil },
	}
	if change != nil {
		change(cfg)
	}
	if cfg.Session == nil && cfg.SessionFor == nil && cfg.Translation == nil {
		cfg.Session = conversation()
	}
	h, err := clientsecret.New(cfg)
	require.NoError(t, err)
	return h, &log
}

// post returns the response to a request of the page.
func post(t *testing.T, h http.Handler, change func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.com/secret", nil)
	r.Header.Set("Origin", "https://example.com")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// failure returns the error of a response.
func failure(t *testing.T, w *httptest.ResponseRecorder) clientsecret.Error {
	t.Helper()
	var body struct{ Error clientsecret.Error }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body), "%s", w.Body)
	require.NotEmpty(t, body.Error.Message)
	return body.Error
}

func TestThePageGetsASecret(t *testing.T) {
	t.Parallel()
	v := newVendor()
	h, log := handler(t, v, func(c *clientsecret.Config) {
		c.SafetyIdentifier = func(user string) string { return "hash of " + user }
	})
	w := post(t, h, func(r *http.Request) {
		// The page cannot choose anything.
		r.URL.RawQuery = "model=expensive&expires_after=7200"
		r.Body = io.NopCloser(strings.NewReader(`{"session":{"type":"realtime","model":"expensive"}}`))
		r.ContentLength = -1
	})
	assert.Equal(t, http.StatusOK, w.Code)
	assert.JSONEq(t, `{"value":"ek_1","expires_at":1800000000,"session":{"type":"realtime","model":"gpt-realtime-2.1"}}`, w.Body.String())
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	assert.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))

	got, sent := v.requests()
	require.Len(t, got, 1)
	assert.Equal(t, "/v1/realtime/client_secrets", got[0].URL.RequestURI())
	assert.Equal(t, "hash of ann", got[0].Header.Get("OpenAI-Safety-Identifier"))
	assert.JSONEq(t, `{"expires_after":{"anchor":"created_at","seconds":60},
		"session":{"type":"realtime","model":"gpt-realtime-2.1","instructions":"Between us."}}`, sent[0])
	assert.Contains(t, log.String(), `"user":"ann"`)
	for _, hidden := range []string{"ek_1", apiKey, "Between us"} {
		assert.NotContains(t, log.String(), hidden)
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	t.Run("for the user", func(t *testing.T) {
		t.Parallel()
		v := newVendor()
		h, _ := handler(t, v, func(c *clientsecret.Config) {
			c.ExpiresAfter = 10 * time.Second
			c.SessionFor = func(r *http.Request, user string) (api.SessionConfig, error) {
				language, err := io.ReadAll(r.Body)
				return &api.RealtimeSessionConfig{
					Model: new(api.ModelGPTRealtime2_1), Instructions: new("Speak " + string(language) + " with " + user),
				}, err
			}
		})
		w := post(t, h, func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("Portuguese")), 10
		})
		assert.Equal(t, http.StatusOK, w.Code)
		_, sent := v.requests()
		assert.Contains(t, sent[0], `"instructions":"Speak Portuguese with ann"`)
		assert.Contains(t, sent[0], `"seconds":10`)
	})
	t.Run("transcription", func(t *testing.T) {
		t.Parallel()
		v := newVendor()
		v.body = `{"value":"ek_2","expires_at":1800000000,"session":{"type":"transcription","id":"sess_2","object":"realtime.transcription_session"}}`
		h, _ := handler(t, v, func(c *clientsecret.Config) { c.Session = &api.TranscriptionSessionConfig{} })
		assert.JSONEq(t, `{"value":"ek_2","expires_at":1800000000,"session":{"type":"transcription"}}`, post(t, h, nil).Body.String())
	})
	t.Run("translation", func(t *testing.T) {
		t.Parallel()
		v := newVendor()
		v.body = `{"value":"ek_3","expires_at":1800000000,"session":{"id":"sess_3","type":"translation","model":"m","expires_at":1800000000,"audio":{}}}`
		h, _ := handler(t, v, func(c *clientsecret.Config) { c.Translation = &api.TranslationSessionConfig{Model: "m"} })
		assert.JSONEq(t, `{"value":"ek_3","expires_at":1800000000,"session":{"type":"translation","model":"m"}}`, post(t, h, nil).Body.String())
		got, _ := v.requests()
		assert.Equal(t, "/v1/realtime/translations/client_secrets", got[0].URL.RequestURI())
	})
}

func TestWhoGetsNoSecret(t *testing.T) {
	t.Parallel()
	header := func(key, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(key, value) }
	}
	refusing := func(err error) func(*clientsecret.Config) {
		return func(c *clientsecret.Config) { c.Authorize = func(*http.Request) (string, error) { return "", err } }
	}
	sessionFor := func(s api.SessionConfig, err error) func(*clientsecret.Config) {
		return func(c *clientsecret.Config) {
			c.SessionFor = func(*http.Request, string) (api.SessionConfig, error) { return s, err }
		}
	}
	for name, c := range map[string]struct {
		config  func(*clientsecret.Config)
		request func(*http.Request)
		status  int
		code    string
	}{
		"a link":            {nil, func(r *http.Request) { r.Method = http.MethodGet }, 405, clientsecret.CodeMethod},
		"HEAD":              {nil, func(r *http.Request) { r.Method = http.MethodHead }, 405, clientsecret.CodeMethod},
		"another method":    {nil, func(r *http.Request) { r.Method = "BREW" }, 405, clientsecret.CodeMethod},
		"a form elsewhere":  {nil, header("Sec-Fetch-Site", "cross-site"), 403, clientsecret.CodeOrigin},
		"a subdomain":       {nil, header("Sec-Fetch-Site", "same-site"), 403, clientsecret.CodeOrigin},
		"an older browser":  {nil, func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") }, 403, clientsecret.CodeOrigin},
		"a sandboxed frame": {nil, func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") }, 403, clientsecret.CodeOrigin},
		"a huge body":       {nil, func(r *http.Request) { r.ContentLength = 1 << 40 }, 413, clientsecret.CodeTooLarge},
		"a stranger":        {refusing(errors.New("hidden")), nil, 401, clientsecret.CodeUnauthorized},
		"an own answer":     {refusing(&clientsecret.Error{Status: 402, Code: "pay", Message: "Pay first."}), nil, 402, "pay"},
		"a wrong status":    {refusing(&clientsecret.Error{Status: 200, Code: "pay", Message: "Pay first."}), nil, 500, "pay"},
		"a wrong user":      {sessionFor(nil, errors.New("hidden")), nil, 403, clientsecret.CodeForbidden},
		"no session":        {sessionFor(nil, nil), nil, 502, clientsecret.CodeMisconfigured},
		"no model":          {sessionFor(&api.RealtimeSessionConfig{}, nil), nil, 502, clientsecret.CodeMisconfigured},
		"a huge stream": {func(c *clientsecret.Config) {
			c.SessionFor = func(r *http.Request, _ string) (api.SessionConfig, error) {
				_, err := io.ReadAll(r.Body)
				return conversation(), err
			}
		}, func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(endless{}), -1 }, 413, clientsecret.CodeTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor()
			h, log := handler(t, v, c.config)
			w := post(t, h, c.request)
			assert.Equal(t, c.status, w.Code)
			assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			if c.status == 405 {
				assert.Equal(t, "POST", w.Header().Get("Allow"))
			}
			e := failure(t, w)
			assert.Equal(t, c.code, e.Code)
			assert.NotContains(t, w.Body.String(), "hidden")
			assert.Contains(t, log.String(), `"code":"`+c.code+`"`)
			got, _ := v.requests()
			assert.Empty(t, got, "the API was asked")
		})
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestListedOriginsMayAsk(t *testing.T) {
	t.Parallel()
	v := newVendor()
	h, _ := handler(t, v, func(c *clientsecret.Config) { c.Origins = []string{"https://app.example"} })
	from := func(origin, method string) *httptest.ResponseRecorder {
		return post(t, h, func(r *http.Request) {
			r.Method = method
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", origin)
			if method == http.MethodOptions {
				r.Header.Set("Access-Control-Request-Method", "POST")
				r.Header.Set("Access-Control-Request-Headers", "authorization")
			}
		})
	}
	w := from("https://app.example", http.MethodOptions)
	assert.Equal(t, http.StatusNoContent, w.Code)
	assert.Equal(t, "POST", w.Header().Get("Access-Control-Allow-Methods"))
	assert.Equal(t, "authorization", w.Header().Get("Access-Control-Allow-Headers"))
	got, _ := v.requests()
	assert.Empty(t, got)

	w = from("https://app.example", http.MethodPost)
	assert.Equal(t, http.StatusOK, w.Code)
	assert.Equal(t, "https://app.example", w.Header().Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "true", w.Header().Get("Access-Control-Allow-Credentials"))
	assert.Equal(t, "Origin", w.Header().Get("Vary"))

	for _, method := range []string{http.MethodOptions, http.MethodPost} {
		w = from("https://evil.example", method)
		assert.GreaterOrEqual(t, w.Code, 400, method)
		assert.Empty(t, w.Header().Get("Access-Control-Allow-Origin"), method)
		assert.Equal(t, "Origin", w.Header().Get("Vary"), method)
	}
}

// secretOf returns an answer of the API with these members.
func secretOf(members string) string {
	return `{` + members + `,"session":{"type":"realtime","id":"sess_1","object":"realtime.session","model":"m"}}`
}

func TestErrorsOfTheAPI(t *testing.T) {
	t.Parallel()
	body := func(code string) string {
		return `{"error":{"message":"hidden ` + apiKey + `","type":"invalid_request_error","code":"` + code + `"}}`
	}
	for name, c := range map[string]struct {
		status, want int
		body, code   string
		retry        string
	}{
		"a revoked key":     {401, 502, body("invalid_api_key"), clientsecret.CodeMisconfigured, ""},
		"no such model":     {404, 502, body("model_not_found"), clientsecret.CodeMisconfigured, ""},
		"a wrong setting":   {400, 502, body("invalid_value"), clientsecret.CodeMisconfigured, ""},
		"no credit":         {429, 502, body("insufficient_quota"), clientsecret.CodeMisconfigured, ""},
		"too many requests": {429, 503, body("rate_limit_exceeded"), clientsecret.CodeBusy, "7"},
		"an outage":         {500, 503, "hidden", clientsecret.CodeUnavailable, "7"},
		"another server":    {200, 502, `{"hidden":true}`, clientsecret.CodeMisconfigured, ""},
		"no expiry":         {200, 502, secretOf(`"value":"ek_hidden"`), clientsecret.CodeMisconfigured, ""},
		"an expiry of 0":    {200, 502, secretOf(`"value":"ek_hidden","expires_at":0`), clientsecret.CodeMisconfigured, ""},
		"an API key":        {200, 502, secretOf(`"value":"` + apiKey + `","expires_at":1800000000`), clientsecret.CodeMisconfigured, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor()
			v.status, v.body, v.header = c.status, c.body, http.Header{"Retry-After": {"7"}}
			h, log := handler(t, v, nil)
			w := post(t, h, nil)
			assert.Equal(t, c.want, w.Code)
			assert.Equal(t, c.code, failure(t, w).Code)
			assert.Equal(t, c.retry, w.Header().Get("Retry-After"))
			assert.NotContains(t, w.Body.String(), "hidden")
			assert.NotContains(t, log.String(), apiKey)
			assert.Contains(t, log.String(), `"error":"`, "the operator reads the cause")
		})
	}
}

func TestAnUnreachableAPI(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.wait = func(context.Context) error { return errors.New("connection refused by hidden.example") }
	h, log := handler(t, v, nil)
	w := post(t, h, nil)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, clientsecret.CodeUnavailable, failure(t, w).Code)
	assert.NotContains(t, w.Body.String(), "hidden")
	assert.Contains(t, log.String(), "hidden.example")
}

// Servers other than the vendor's may name their secrets otherwise.
func TestSecretsOfOtherServers(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.body = secretOf(`"value":"token-1","expires_at":1800000000`)
	h, _ := handler(t, v, nil)
	assert.Contains(t, post(t, h, nil).Body.String(), `"value":"token-1"`)
}

func TestTranslationsGetNoAPIKey(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.body = `{"value":"` + apiKey + `","expires_at":1800000000,"session":{"id":"sess_3","type":"translation","model":"m","expires_at":1800000000,"audio":{}}}`
	h, log := handler(t, v, func(c *clientsecret.Config) { c.Translation = &api.TranslationSessionConfig{Model: "m"} })
	w := post(t, h, nil)
	assert.Equal(t, clientsecret.CodeMisconfigured, failure(t, w).Code)
	assert.NotContains(t, w.Body.String()+log.String(), apiKey)
	assert.Contains(t, log.String(), "in place of a client secret")
}

func TestAnEmptySafetyIdentifierIsNotSent(t *testing.T) {
	t.Parallel()
	v := newVendor()
	h, _ := handler(t, v, func(c *clientsecret.Config) { c.SafetyIdentifier = func(string) string { return "" } })
	assert.Equal(t, http.StatusOK, post(t, h, nil).Code)
	got, _ := v.requests()
	require.Len(t, got, 1)
	assert.NotContains(t, got[0].Header, "Openai-Safety-Identifier")
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	_, err := clientsecret.New(nil)
	require.ErrorContains(t, err, "Config.Client is nil")
	for want, change := range map[string]func(*clientsecret.Config){
		"Config.Authorize is nil":              func(c *clientsecret.Config) { c.Authorize = nil },
		"set one of Config.Session":            func(c *clientsecret.Config) { c.Session = nil },
		"SessionFor and Translation":           func(c *clientsecret.Config) { c.Translation = &api.TranslationSessionConfig{Model: "m"} },
		"ExpiresAfter is 9s":                   func(c *clientsecret.Config) { c.ExpiresAfter = 9 * time.Second },
		"ExpiresAfter is 2h0m1s":               func(c *clientsecret.Config) { c.ExpiresAfter = 2*time.Hour + time.Second },
		"ExpiresAfter is -1s":                  func(c *clientsecret.Config) { c.ExpiresAfter = -time.Second },
		"not whole seconds":                    func(c *clientsecret.Config) { c.ExpiresAfter = 10500 * time.Millisecond },
		"names no model":                       func(c *clientsecret.Config) { c.Session = &api.RealtimeSessionConfig{} },
		"Config.Origins":                       func(c *clientsecret.Config) { c.Origins = []string{"example.com/path"} },
		"Every, MaxPending or Timeout":         func(c *clientsecret.Config) { c.Every = -1 },
		"Config.Translation: the session name": func(c *clientsecret.Config) { c.Session, c.Translation = nil, &api.TranslationSessionConfig{} },
	} {
		cfg := &clientsecret.Config{Client: newVendor().client(t), Authorize: clientsecret.Anyone, Session: conversation()}
		change(cfg)
		_, err := clientsecret.New(cfg)
		require.ErrorContains(t, err, want)
	}
	for _, ok := range []time.Duration{10 * time.Second, 2 * time.Hour} {
		_, err := clientsecret.New(&clientsecret.Config{
			Client: newVendor().client(t), Authorize: clientsecret.Anyone, Session: conversation(), ExpiresAfter: ok,
		})
		require.NoError(t, err)
	}
}

func TestAnyone(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"192.0.2.1:1234":         "192.0.2.1",
		"[2001:db8::1]:1234":     "2001:db8::/64",
		"[2001:db8::2%eth0]:999": "2001:db8::/64",
		"[::ffff:192.0.2.1]:12":  "192.0.2.1",
		"@":                      "@",
	} {
		user, err := clientsecret.Anyone(&http.Request{RemoteAddr: addr})
		require.NoError(t, err)
		assert.Equal(t, want, user, addr)
	}
}
