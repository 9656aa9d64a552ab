// Package site is what the browser example serves: the page, its program, and
// secrets for it.
package site

import (
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/voicelane/realtime-go/realtime"
)

//go:embed page
var files embed.FS

// Config says what the site is made of.
type Config struct {
	// App holds what [BuildApp] has built.
	App fs.FS
	// Client makes the secrets.
	Client *realtime.Client
	// URL is the API's address for the page; when empty it is below the site's
	// own, where Realtime then serves it.
	URL      string
	Realtime http.Handler
	// Model is what the page talks to.
	Model string
	// Note is shown on the page.
	Note string
}

// New returns the site's handler. It answers on this machine's own names
// alone, and gives secrets to its own page alone.
func New(cfg *Config) http.Handler {
	s := &server{cfg: *cfg}
	page, err := fs.Sub(files, "page")
	if err != nil {
		page = files // The directory is embedded, so it is there.
	}
	mux := http.NewServeMux()
	mux.Handle("/", headers(http.FileServerFS(page)))
	mux.HandleFunc("GET /app/{name}", s.app)
	mux.HandleFunc("POST /grant", s.grant)
	if cfg.Realtime != nil {
		mux.Handle("/v1/", cfg.Realtime)
	}
	return local(http.NewCrossOriginProtection().Handler(mux))
}

type server struct{ cfg Config }

// local refuses foreign names for this machine: a page of another site could
// otherwise pass for ours by letting its name point here.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this server is for its own machine", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "+
			"connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		w.Header().Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}

// app serves the page's program, compressed where that is understood.
func (s *server) app(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	w.Header().Set("Cache-Control", "no-cache")
	if strings.HasSuffix(name, ".wasm") && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if packed, err := fs.ReadFile(s.cfg.App, name+".gz"); err == nil {
			w.Header().Set("Content-Type", "application/wasm")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed) //nolint:gosec // It is our own program. A page that has gone needs nothing.
			return
		}
	}
	http.ServeFileFS(w, r, s.cfg.App, name) //nolint:gosec // An fs.FS refuses paths that climb.
}

// grant makes a secret for one connection of the page.
func (s *server) grant(w http.ResponseWriter, r *http.Request) {
	secret, err := s.cfg.Client.CreateClientSecret(r.Context(), nil, nil)
	if err != nil {
		status := http.StatusBadGateway
		if e, ok := errors.AsType[*realtime.APIError](err); ok && e.IsUnauthorized() {
			status = http.StatusUnauthorized
		}
		// The error holds no secret, and whoever runs the example reads it here.
		http.Error(w, err.Error(), status)
		return
	}
	api := s.cfg.URL
	if api == "" {
		api = (&url.URL{Scheme: "http", Host: r.Host, Path: "/v1"}).String()
	}
	answer, err := json.Marshal(map[string]string{
		"secret": secret.Value(), "url": api, "model": s.cfg.Model, "note": s.cfg.Note,
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(answer)
}
