package realtimetest

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/realtimetest/internal/journal"
	"github.com/voicelane/realtime-go/realtimetest/internal/rawconn"
)

// Server is a Realtime server in process. It is an [http.Handler]; a server of
// [NewServer] also listens on a port of the loopback interface.
//
// All methods may be called from any goroutine. Each connection has two goroutines,
// its session's and its reader's, which end with the connection.
type Server struct {
	// URL is the base URL for a client, with the path /v1 at its end. A server that does
	// not listen has one, too: realtime.Config{BaseURL: URL, DialContext: DialContext}.
	URL string

	// Of the locks of the package only one is held at a time, except that
	// PhoneCall.mu is held while the call's connection is closed.

	// Set once by New.
	cfg      Config
	upgrader websocket.Upgrader

	rest    restAPI
	conns   connList
	serving sync.WaitGroup // HTTP servers and connections.

	// Guarded by mu.
	mu      sync.Mutex
	closed  bool
	servers []*http.Server
	memory  *rawconn.Listener // Made by the first DialContext.
	dials   int               // Number of handshakes, also of those that fail.
}

// New returns a server that does not listen: use it as a handler or through
// [Server.DialContext]. The caller closes it.
func New(cfg *Config) *Server {
	s := &Server{URL: "http://localhost/v1", cfg: cfg.withDefaults()}
	budget := journal.NewBudget(s.cfg.LogBytes)
	s.rest.cfg, s.rest.run, s.rest.requests = &s.cfg, s.run, journal.NewLog[Request](budget)
	s.conns.changed.L, s.conns.budget = &s.conns.mu, budget
	s.upgrader = websocket.Upgrader{
		Subprotocols:      []string{protocolRealtime},
		CheckOrigin:       func(*http.Request) bool { return true }, // Any page may use a test server.
		EnableCompression: true,
	}
	return s
}

// NewServer returns a server that listens on a free port of 127.0.0.1. Like
// [net/http/httptest.NewServer] it panics if there is none. Inside of a bubble of
// [testing/synctest], which waits for no network, use [New].
func NewServer(cfg *Config) *Server {
	var lc net.ListenConfig
	listener, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic("realtimetest: no port to listen on: " + err.Error()) //nolint:forbidigo // As httptest does: a test cannot go on.
	}
	s := New(cfg)
	s.URL = "http://" + listener.Addr().String() + "/v1"
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serveLocked(listener)
	return s
}

// DialContext opens a connection to the server in memory and ignores network and
// address. It can be used as [net/http.Transport.DialContext] and as the
// NetDialContext of WebSocket dialers. It works inside of [testing/synctest], where
// real connections block the clock.
func (s *Server) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, net.ErrClosed
	}
	listener := s.memory
	if listener == nil {
		listener = rawconn.NewListener()
		s.memory = listener
		s.serveLocked(listener)
	}
	s.mu.Unlock()
	return listener.Dial(ctx)
}

// serveLocked starts an HTTP server. The caller holds mu.
func (s *Server) serveLocked(listener net.Listener) {
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	s.servers = append(s.servers, server)
	s.serving.Go(func() { _ = server.Serve(listener) }) // Returns ErrServerClosed.
}

// ServeHTTP serves connections to any path that ends in /realtime or
// /realtime/translations, and the REST requests below such a path. For a
// connection it returns when the session has ended.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	translation := websocket.IsWebSocketUpgrade(r) && isTranslation(r)
	if !translation && s.rest.serve(w, r) {
		return
	}
	if !translation && !strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/realtime") {
		http.NotFound(w, r)
		return
	}
	number, ok := s.enter()
	if !ok {
		http.Error(w, "the server is closed", http.StatusServiceUnavailable)
		return
	}
	defer s.serving.Done()
	faults := newFaultState(s.cfg.Script.Faults, number)
	if deny, ok := faults.denied(); ok {
		deny.write(w)
		return
	}
	ws, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered.
	}
	defer func() { _ = ws.Close() }()
	t, refused := s.rest.target(r)
	c := s.conns.add(&s.cfg, ws, r, faults)
	defer s.conns.ended(&s.cfg, c)
	s.cfg.Logger.InfoContext(r.Context(), "session started", "id", c.id)
	newSession(&s.cfg, c, t).run(refused)
	s.cfg.Logger.InfoContext(r.Context(), "session ended", "id", c.id)
}

// enter adds a connection to serving and returns its number. ok is false if the
// server is closed.
func (s *Server) enter() (number int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, false
	}
	s.serving.Add(1)
	s.dials++
	return s.dials, true
}

// run runs f on a goroutine that Close waits for. It returns false if the server is
// closed.
func (s *Server) run(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.serving.Go(f)
	return true
}

// Conns returns the connections so far, also those that have ended. The oldest ended
// ones are left out if they exceed [Config.LogBytes], and all of them with
// [Config.DiscardLog].
func (s *Server) Conns() []*Conn { return s.conns.all() }

// Accept returns the next connection that Accept has not returned yet, and waits
// for it if necessary.
func (s *Server) Accept(ctx context.Context) (*Conn, error) { return s.conns.accept(ctx) }

// Close ends all sessions with close code 1001 and waits for all goroutines of the
// server. A client has one second to read the close frame, and one to answer it.
// Close may be called several times.
func (s *Server) Close() {
	s.rest.calls.close()
	s.mu.Lock()
	s.closed = true
	servers, memory := s.servers, s.memory
	s.mu.Unlock()
	s.conns.close()
	for _, server := range servers {
		_ = server.Close()
	}
	if memory != nil {
		_ = memory.Close()
	}
	s.serving.Wait()
}
