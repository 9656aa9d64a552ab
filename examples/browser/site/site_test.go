package site_test

import (
	"net/http"
	"net/http/httptest"
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
	h := site.New(cfg)
	for name, c := range map[string]struct {
		method, host, origin string
		want                 int
	}{
		"own page":     {http.MethodPost, "127.0.0.1:8080", "http://127.0.0.1:8080", http.StatusOK},
		"by name":      {http.MethodPost, "localhost:8080", "http://localhost:8080", http.StatusOK},
		"other page":   {http.MethodPost, "127.0.0.1:8080", "https://example.com", http.StatusForbidden},
		"foreign name": {http.MethodPost, "example.com", "http://example.com", http.StatusForbidden},
		"a link":       {http.MethodGet, "127.0.0.1:8080", "", http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), c.method, "/grant", nil)
			r.Host = c.host
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			assert.Equal(t, c.want, w.Code)
			if c.want == http.StatusOK {
				assert.Contains(t, w.Body.String(), `"secret":"ek_`)
				assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			} else {
				assert.NotContains(t, w.Body.String(), "ek_")
			}
		})
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	h := site.New(&site.Config{App: fstest.MapFS{"app.wasm": {Data: []byte("raw")}, "app.wasm.gz": {Data: []byte("packed")}}})
	for path, want := range map[string]string{"/": "<title>Talk</title>", "/page.js": "talk.start", "/app/app.wasm": "raw"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+path, nil))
		assert.Equal(t, http.StatusOK, w.Code, path)
		assert.Contains(t, w.Body.String(), want)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/app/app.wasm", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, "packed", w.Body.String())
	assert.Equal(t, "gzip", w.Header().Get("Content-Encoding"))
}
