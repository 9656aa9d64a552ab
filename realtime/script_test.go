package realtime

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// pipes is a network in memory: every dial makes a net.Pipe, so that it runs
// inside a synctest bubble.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	wrap  func(net.Conn) net.Conn // puts faults on the client's side

	mu     sync.Mutex
	dials  int
	opened []net.Conn
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p.mu.Lock()
	p.dials++
	p.mu.Unlock()
	client, server := net.Pipe()
	select {
	case p.conns <- server:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-p.done:
		return nil, net.ErrClosed
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened = append(p.opened, client)
	if p.wrap != nil {
		return p.wrap(client), nil
	}
	return client, nil
}

// peer is the server's end of one connection, played by a script.
type peer struct {
	t   testing.TB
	ws  *websocket.Conn
	req *http.Request
	n   int // which connection of the test this is, from 1
}

// script serves connections in memory, each played by play, and returns a
// client for them. It waits for the plays at the end of the test.
func script(t *testing.T, play func(p *peer), change ...func(*Config)) *Client {
	t.Helper()
	c, _ := scriptNet(t, play, change...)
	return c
}

func scriptNet(tb testing.TB, play func(p *peer), change ...func(*Config)) (*Client, *pipes) {
	tb.Helper()
	net := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	var wg sync.WaitGroup
	var mu sync.Mutex
	count := 0
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wg.Add(1)
		defer wg.Done()
		up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }, EnableCompression: true}
		ws, err := up.Upgrade(w, r, http.Header{"X-Request-Id": {"req_1"}})
		if err != nil {
			return
		}
		defer ws.Close()
		mu.Lock()
		count++
		n := count
		mu.Unlock()
		play(&peer{t: tb, ws: ws, req: r, n: n})
	})}
	wg.Go(func() { _ = srv.Serve(net) })
	tb.Cleanup(func() {
		_ = srv.Close()
		net.mu.Lock()
		for _, c := range net.opened {
			_ = c.Close()
		}
		net.mu.Unlock()
		wg.Wait()
	})
	cfg := &Config{APIKey: "sk-test-secret", BaseURL: "http://127.0.0.1/v1", DialContext: net.dial, Proxy: NoProxy}
	for _, f := range change {
		f(cfg)
	}
	c, err := NewClient(cfg)
	require.NoError(tb, err)
	return c, net
}

// send writes one text frame. A client that is gone is no fault of the play.
func (p *peer) send(frame string) { _ = p.ws.WriteMessage(websocket.TextMessage, []byte(frame)) }

func (p *peer) created() {
	p.send(`{"type":"session.created","event_id":"s1","session":{"type":"realtime","id":"sess_1","object":"realtime.session","model":"gpt-realtime"}}`)
}

// read returns the next event as generic JSON, or nil once the client is gone.
func (p *peer) read() map[string]any {
	_, data, err := p.ws.ReadMessage()
	if err != nil {
		return nil
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		p.t.Errorf("the client sent no JSON object: %v", err)
	}
	return m
}

// expect reads one event and holds it to a type.
func (p *peer) expect(eventType string) map[string]any {
	m := p.read()
	if m == nil {
		p.t.Errorf("connection ended, wanted %s", eventType)
		return map[string]any{}
	}
	if m["type"] != eventType {
		p.t.Errorf("client sent %v, wanted %s", m["type"], eventType)
	}
	return m
}

// drain reads until the client is gone, and answers its close.
func (p *peer) drain() {
	for {
		if _, _, err := p.ws.ReadMessage(); err != nil {
			return
		}
	}
}

func (p *peer) close(code int, reason string) {
	_ = p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
	p.drain()
}

// connect opens a session to a model and closes it with the test. Unless the
// test is about it, a busy machine has all the time it needs for the goodbye.
func connect(t *testing.T, c *Client, o *Options) *Session {
	t.Helper()
	var own Options
	if o != nil {
		own = *o
	}
	if own.CloseTimeout == 0 {
		own.CloseTimeout = time.Minute
	}
	s, err := c.Connect(t.Context(), Model("gpt-realtime"), &own)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// next receives an event of one type, skipping others.
func next[E api.ServerEvent](t *testing.T, s *Session) E {
	t.Helper()
	for {
		e, err := s.Recv(t.Context())
		require.NoError(t, err)
		if e, ok := e.(E); ok {
			return e
		}
	}
}

// at walks into an object; what is not there is nil.
func at(m map[string]any, path ...string) any {
	var v any = m
	for _, name := range path {
		o, _ := v.(map[string]any)
		v = o[name]
	}
	return v
}

// textAt is at for strings.
func textAt(m map[string]any, path ...string) string {
	s, _ := at(m, path...).(string)
	return s
}

// as holds an answer to its type.
func as[E api.ServerEvent](t *testing.T, e api.ServerEvent) E {
	t.Helper()
	typed, ok := e.(E)
	assert.True(t, ok, "%T", e)
	return typed
}
