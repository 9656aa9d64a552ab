// Package site serves the browser example: the page, its program, and client secrets.
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

// Config configures the site.
type Config struct {
	// App has the files that [BuildApp] has built.
	App fs.FS
	// Client creates the secrets.
	Client *realtime.Client
	// URL is the base URL of the API for the page. If empty, it is below the site's own
	// URL, where Realtime serves it.
	URL      string
	Realtime http.Handler
	// Model is the model of the session.
	Model string
	// Note is a text that the page shows.
	Note string
}

// New returns the site's handler. It only serves requests to loopback hosts, and only
// gives secrets to its own page.
func New(cfg *Config) http.Handler {
	s := &server{cfg: *cfg}
	page, err := fs.Sub(files, "page")
	if err != nil {
		page = files // The directory is embedded, so it exists.
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

// local refuses requests whose Host is not a loopback name. Otherwise another site
// could point its name to this machine (DNS rebinding) and pass as the same origin.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "only loopback hosts are served", http.StatusForbidden)
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

// app serves the page's program, compressed if the browser supports it.
func (s *server) app(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	w.Header().Set("Cache-Control", "no-cache")
	if strings.HasSuffix(name, ".wasm") && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if packed, err := fs.ReadFile(s.cfg.App, name+".gz"); err == nil {
			w.Header().Set("Content-Type", "application/wasm")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed) //nolint:gosec // The content is our own program; a failed write has no consequence.
			return
		}
	}
	http.ServeFileFS(w, r, s.cfg.App, name) //nolint:gosec // An fs.FS rejects paths that leave it.
}

// grant responds with a client secret for one connection of the page.
func (s *server) grant(w http.ResponseWriter, r *http.Request) {
	secret, err := s.cfg.Client.CreateClientSecret(r.Context(), nil, nil)
	if err != nil {
		status := http.StatusBadGateway
		if e, ok := errors.AsType[*realtime.APIError](err); ok && e.IsUnauthorized() {
			status = http.StatusUnauthorized
		}
		// The error has no secret, and the page shows it to the user of the example.
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
