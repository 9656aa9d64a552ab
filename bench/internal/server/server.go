// Package server runs a process that accepts sessions and sends them audio at a steady
// pace. It prepares all frames in advance to use little processor time.
package server

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// server has the sessions of a run.
type server struct {
	created []byte
	sent    atomic.Int64
	late    atomic.Int64 // the maximum since it was last read, in ns
	heard   atomic.Int64 // audio messages of clients
	timed   atomic.Bool  // whether their stamps are read
	delays  stat.Histogram

	mu       sync.Mutex
	sessions []*session      // guarded by mu; in the order of connection
	stop     chan struct{}   // guarded by mu; closed to end the stream, nil without a stream
	deltas   map[int]*deltas // guarded by mu; by bytes of audio
	streams  sync.WaitGroup
}

// session is a connection of a client.
type session struct {
	net.Conn

	updated atomic.Bool // it asks for a conversation: an agent's settings have come
	begun   atomic.Bool // the response to which all audio belongs has begun
}

// begin begins the response of a conversation before its first audio: until then the session
// is idle.
func (c *session) begin() error {
	if !c.updated.Load() || c.begun.Swap(true) {
		return nil
	}
	_, err := c.Write(append(frames.Wire([]byte(frames.ResponseCreated)), frames.Wire([]byte(frames.ItemAdded))...))
	return err
}

func newServer() *server {
	return &server{created: frames.Wire([]byte(frames.SessionCreated)), deltas: map[int]*deltas{}}
}

// listen serves sessions on a loopback address and returns its URL.
func (s *server) listen(conf *tls.Config) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // It lives as long as the process.
	if err != nil {
		return "", err
	}
	url := "http://" + l.Addr().String()
	if conf != nil {
		l, url = tls.NewListener(l, conf), "https://"+l.Addr().String()
	}
	h := &http.Server{Handler: http.HandlerFunc(s.accept), ReadHeaderTimeout: time.Minute}
	go func() { _ = h.Serve(l) }()
	return url + "/v1", nil
}

func (s *server) accept(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{
		ReadBufferSize: 512, WriteBufferSize: 512, CheckOrigin: func(*http.Request) bool { return true },
		// The vendor's Node package requests this subprotocol.
		Subprotocols: []string{"realtime"},
	}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &session{Conn: ws.NetConn()}
	if _, err := c.Write(s.created); err != nil {
		_ = c.Close()
		return
	}
	s.mu.Lock()
	s.sessions = append(s.sessions, c)
	s.mu.Unlock()
	// Reading answers pings. The default handler would set a write deadline, which
	// would also apply to stream. gorilla writes a pong in one call, as stream writes
	// its frames.
	ws.SetPingHandler(func(data string) error {
		return ws.WriteControl(websocket.PongMessage, []byte(data), time.Time{})
	})
	s.read(ws, c)
}

// start starts the stream to the sessions of a range, evenly spread over an interval.
func (s *server) start(some Range, p Pace) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		return
	}
	p = p.Or()
	if s.deltas[p.Sound] == nil {
		s.deltas[p.Sound] = newDeltas(p.Sound)
	}
	s.stop = make(chan struct{})
	begin := time.Now().Add(p.Every)
	list := s.sessions[min(some.From, len(s.sessions)):min(some.To, len(s.sessions))]
	for i, c := range list {
		due, stop, d := p.Spread(begin, i, len(list)), s.stop, s.deltas[p.Sound]
		s.streams.Go(func() { s.stream(c, i, p, d, due, stop) })
	}
}

// stream sends a frame to a session at each due time. A late frame does not delay later
// ones.
func (s *server) stream(c *session, i int, p Pace, d *deltas, due time.Time, stop <-chan struct{}) {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	for ; ; i++ {
		select {
		case <-timer.C:
		case <-stop:
			return
		}
		if c.begin() != nil || d.send(i, p.Stamp, c.Write) != nil {
			return
		}
		s.sent.Add(1)
		if late := int64(time.Since(due)); late > s.late.Load() {
			s.late.Store(late)
		}
		due = due.Add(p.Every)
		timer.Reset(time.Until(due))
	}
}

// halt stops the stream.
func (s *server) halt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		close(s.stop)
		s.streams.Wait()
		s.stop = nil
	}
}

// drop resets all connections, so that no port stays in TIME_WAIT.
func (s *server) drop() {
	s.mu.Lock()
	if s.stop != nil {
		close(s.stop)
	}
	list := s.sessions
	s.sessions = nil
	s.mu.Unlock()
	for _, c := range list {
		raw := c.Conn
		if t, ok := raw.(*tls.Conn); ok {
			raw = t.NetConn()
		}
		if t, ok := raw.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
		}
		_ = raw.Close()
	}
	s.streams.Wait()
	s.mu.Lock()
	s.stop = nil
	s.sent.Store(0)
	s.heard.Store(0)
	s.mu.Unlock()
}

// webSocket turns a URL returned by [server.listen] into that of the socket.
func webSocket(base string) string {
	return "ws" + strings.TrimPrefix(base, "http") + "/realtime?model=gpt-realtime"
}
