// Package site serves the browser example: the page, its program, and client secrets.
package site

import (
	"cmp"
	"embed"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/voicelane/realtime-go/clientsecret"
	"github.com/voicelane/realtime-go/gen/api"
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
	// Speaker is who answers, for the user; default Model. About says where the voice goes.
	Speaker, About string
	// Logger gets records of secrets; nil logs nothing.
	Logger *slog.Logger
}

// New returns the site's handler. It only serves requests to loopback hosts, and only
// gives secrets to its own page. The error is that of [clientsecret.New].
func New(cfg *Config) (http.Handler, error) {
	secrets, err := clientsecret.New(&clientsecret.Config{
		Client:    cfg.Client,
		Authorize: clientsecret.Anyone, // Only this machine can ask.
		Session:   &api.RealtimeSessionConfig{Model: new(api.Model(cfg.Model))},
		Logger:    cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	page, err := fs.Sub(files, "page")
	if err != nil {
		return nil, err
	}
	s := &server{cfg: *cfg}
	mux := http.NewServeMux()
	mux.Handle("/", s.headers(http.FileServerFS(page)))
	mux.HandleFunc("GET /app/{name}", s.app)
	mux.HandleFunc("GET /config", s.config)
	mux.Handle("/secret", secrets)
	if cfg.Realtime != nil {
		mux.Handle("/v1/", cfg.Realtime)
	}
	return local(mux), nil
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

// url returns the base URL of the API for the page that sent the request.
func (s *server) url(r *http.Request) string {
	if s.cfg.URL != "" {
		return s.cfg.URL
	}
	return (&url.URL{Scheme: "http", Host: r.Host, Path: "/v1"}).String()
}

// headers lets the page run its own files alone, and connect to the API alone.
func (s *server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		socket := ""
		if u, err := url.Parse(s.url(r)); err == nil {
			socket = strings.Replace(u.Scheme, "http", "ws", 1) + "://" + u.Host
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; "+
			"connect-src 'self' "+socket+"; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Permissions-Policy", "microphone=(self)")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
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

// config tells the page what it talks to.
func (s *server) config(w http.ResponseWriter, r *http.Request) {
	body, err := json.Marshal(map[string]any{
		"url": s.url(r), "model": s.cfg.Model, "speaker": cmp.Or(s.cfg.Speaker, s.cfg.Model), "about": s.cfg.About, "hints": []string{Question, Interruption},
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(body)
}
