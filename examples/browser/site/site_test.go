package site_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/examples/browser/site"
)

func TestWhoGetsASecret(t *testing.T) {
	t.Parallel()
	cfg := &site.Config{App: fstest.MapFS{}, Model: "m"}
	end, err := site.InProcess(cfg)
	require.NoError(t, err)
	t.Cleanup(end)
	h, err := site.New(cfg)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		method, host, origin string
		want                 int
	}{
		"own page":     {http.MethodPost, "127.0.0.1:8080", "http://127.0.0.1:8080", http.StatusOK},
		"by name":      {http.MethodPost, "localhost:8080", "http://localhost:8080", http.StatusOK},
		"other page":   {http.MethodPost, "127.0.0.1:8080", "https://example.com", http.StatusForbidden},
		"foreign name": {http.MethodPost, "example.com", "http://example.com", http.StatusForbidden},
		"a link":       {http.MethodGet, "127.0.0.1:8080", "", http.StatusMethodNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), c.method, "/secret", nil)
			r.Host = c.host
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			assert.Equal(t, c.want, w.Code)
			if c.want == http.StatusOK {
				assert.Contains(t, w.Body.String(), `"value":"ek_`)
				assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			} else {
				assert.NotContains(t, w.Body.String(), "ek_")
			}
		})
	}
}

func served(t *testing.T, h http.Handler, path string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost:8080"+path, nil)
	r.Header = header
	h.ServeHTTP(w, r)
	assert.Equal(t, http.StatusOK, w.Code, path)
	return w
}

func TestPage(t *testing.T) {
	t.Parallel()
	cfg := &site.Config{App: fstest.MapFS{"app.wasm": {Data: []byte("raw")}, "app.wasm.gz": {Data: []byte("packed")}}, Model: "m-1"}
	end, err := site.InProcess(cfg)
	require.NoError(t, err)
	t.Cleanup(end)
	h, err := site.New(cfg)
	require.NoError(t, err)
	for path, want := range map[string]string{
		"/": "<title>Talk to a model</title>", "/page.js": "talk.start", "/icon.svg": "<svg", "/app/app.wasm": "raw",
		"/config": `"model":"m-1","speaker":"a test server","url":"http://localhost:8080/v1"`,
	} {
		assert.Contains(t, served(t, h, path, nil).Body.String(), want)
	}
	w := served(t, h, "/app/app.wasm", http.Header{"Accept-Encoding": {"gzip"}})
	assert.Equal(t, "packed", w.Body.String())
	assert.Equal(t, "gzip", w.Header().Get("Content-Encoding"))
	policy := served(t, h, "/", nil).Header().Get("Content-Security-Policy")
	assert.Contains(t, policy, "connect-src 'self' ws://localhost:8080;", "the page can connect to the API alone")
	assert.NotContains(t, policy, "unsafe-inline")
}

func TestThePageOfTheAPIConnectsToIt(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-hidden")
	t.Setenv("OPENAI_BASE_URL", "https://api.example.com/v1")
	cfg := &site.Config{App: fstest.MapFS{}, Model: "m-1"}
	require.NoError(t, site.Live(cfg))
	h, err := site.New(cfg)
	require.NoError(t, err)
	assert.Contains(t, served(t, h, "/", nil).Header().Get("Content-Security-Policy"), "connect-src 'self' wss://api.example.com;")
	config := served(t, h, "/config", nil).Body.String()
	assert.Contains(t, config, `"url":"wss://api.example.com/v1"`)
	assert.Contains(t, config, `"speaker":"m-1"`)
	assert.NotContains(t, config, "sk-hidden")
}

// TestPictureIsOfThisPage fails when the picture of the documentation is stale.
func TestPictureIsOfThisPage(t *testing.T) {
	t.Parallel()
	picture, err := os.ReadFile("../../../docs/browser.png")
	require.NoError(t, err)
	looks, err := site.Looks()
	require.NoError(t, err)
	assert.True(t, bytes.Contains(picture, []byte("Looks\x00"+looks)), "the page looks otherwise now: run make browser-picture")
}
