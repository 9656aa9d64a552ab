package realtimetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Server is a Realtime server in process. It is an [http.Handler]; one made by
// [NewServer] also listens on a port of the loopback interface.
//
// All methods may be called from any goroutine.
type Server struct {
	// URL is the base URL for a client, with the path /v1 at its end.
	URL string

	cfg      Config
	upgrader websocket.Upgrader

	mu      sync.Mutex
	closed  bool
	servers []*http.Server
	memory  *memoryListener // Made by the first DialContext.
	conns   []*Conn
	opened  *sync.Cond // Signals that conns has grown.
	taken   int        // How many conns Accept has returned.
	rest    restState

	sessions int // Counts ids.
	dials    int // Counts handshakes, also those that fail.
	serving  sync.WaitGroup
}

// New returns a server that does not listen: use it as a handler, or through
// [Server.DialContext]. Close it in the end.
func New(cfg *Config) *Server {
	s := &Server{URL: "http://localhost/v1", cfg: cfg.withDefaults()}
	s.opened = sync.NewCond(&s.mu)
	s.upgrader = websocket.Upgrader{
		Subprotocols:      []string{protocolRealtime},
		CheckOrigin:       func(*http.Request) bool { return true }, // Every page may talk to a test server.
		EnableCompression: true,
	}
	return s
}

// NewServer returns a server that listens on a free port of 127.0.0.1. Like
// [net/http/httptest.NewServer] it panics when the machine has none.
func NewServer(cfg *Config) *Server {
	var lc net.ListenConfig
	listener, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic("realtimetest: no port to listen on: " + err.Error()) //nolint:forbidigo // As httptest does: a test cannot go on.
	}
	s := New(cfg)
	s.URL = "http://" + listener.Addr().String() + "/v1"
	s.serve(listener)
	return s
}

// DialContext opens a connection to the server in memory, whatever network and
// address say. It fits [net/http.Transport.DialContext] and the NetDialContext
// of websocket dialers, and works inside of [testing/synctest], where real
// connections would keep the clock from moving.
func (s *Server) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, net.ErrClosed
	}
	listener := s.memory
	if listener == nil {
		listener = newMemoryListener()
		s.memory = listener
		s.serveLocked(listener)
	}
	s.mu.Unlock()
	return listener.dial(ctx)
}

func (s *Server) serve(listener net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serveLocked(listener)
}

func (s *Server) serveLocked(listener net.Listener) {
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	s.servers = append(s.servers, server)
	s.serving.Go(func() { _ = server.Serve(listener) }) // Ends with ErrServerClosed.
}

// ServeHTTP serves a connection to any path that ends in /realtime or
// /realtime/translations, and the
// REST requests below such a path. With a connection it returns when the
// session has ended.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	socket := websocket.IsWebSocketUpgrade(r) && isTranslation(r)
	if !socket && s.serveREST(w, r) {
		return
	}
	if !socket && !strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/realtime") {
		http.NotFound(w, r)
		return
	}
	if !s.enter() {
		http.Error(w, "the server is closed", http.StatusServiceUnavailable)
		return
	}
	defer s.serving.Done()
	faults := s.dialed()
	if faults.denied(w) {
		return
	}
	ws, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered.
	}
	defer func() { _ = ws.Close() }()
	t := s.resolve(targetOf(r), credentialOf(r))
	c := s.add(ws, r)
	c.faults = faults
	defer s.forget(c)
	sess := newSession(s, c, t)
	s.cfg.Logger.InfoContext(r.Context(), "session started", "id", c.id)
	sess.run(s.admit(r, t))
	s.cfg.Logger.InfoContext(r.Context(), "session ended", "id", c.id)
}

// dialed counts a handshake and returns what goes wrong with its connection.
func (s *Server) dialed() faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dials++
	var f faults
	f.init(s.cfg.Script.Faults, s.dials)
	return f
}

// enter counts a connection in, unless the server is closed.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.serving.Add(1)
	return true
}

func (s *Server) add(ws *websocket.Conn, r *http.Request) *Conn {
	s.mu.Lock()
	s.sessions++
	c := newConn(s, ws, r, fmt.Sprintf("sess_%04d", s.sessions))
	s.conns = append(s.conns, c)
	closed := s.closed
	s.mu.Unlock()
	s.opened.Broadcast()
	if closed {
		c.end()
	}
	return c
}

// forget lets go of a connection that has ended, if nobody wants its record.
func (s *Server) forget(c *Conn) {
	if !s.cfg.DiscardLog {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.conns, c)
	s.conns = slices.Delete(s.conns, i, i+1)
	if i < s.taken {
		s.taken--
	}
}

// Conns returns the connections so far, also those that have ended. With
// [Config.DiscardLog] it returns only those that are open.
func (s *Server) Conns() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Conn(nil), s.conns...)
}

// Accept returns the next connection that no call of Accept has returned yet,
// and waits for it if need be.
func (s *Server) Accept(ctx context.Context) (*Conn, error) {
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.opened.Broadcast()
	})
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.taken == len(s.conns) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.closed {
			return nil, errors.New("realtimetest: the server is closed")
		}
		s.opened.Wait()
	}
	s.taken++
	return s.conns[s.taken-1], nil
}

// Close ends all sessions with close code 1001 and returns when nothing of the
// server runs any more. A client has a second to hear of it, and another to answer.
// It may be called several times.
func (s *Server) Close() {
	s.closeCalls()
	s.mu.Lock()
	s.closed = true
	servers, conns, memory := s.servers, s.conns, s.memory
	s.mu.Unlock()
	s.opened.Broadcast()
	for _, c := range conns {
		c.end()
	}
	for _, server := range servers {
		_ = server.Close()
	}
	if memory != nil {
		_ = memory.Close()
	}
	s.serving.Wait()
}
