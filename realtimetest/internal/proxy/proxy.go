// Package proxy forwards WebSocket connections between clients and a service.
package proxy

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/realtimetest/internal/rawconn"
)

// Proxy forwards the connections of clients. All methods may be called from any
// goroutine.
type Proxy struct {
	// Set once by New.
	upstream string
	dialer   *websocket.Dialer
	began    func(query url.Values) Watcher
	server   *httptest.Server

	serving sync.WaitGroup // Calls of ServeHTTP.

	mu     sync.Mutex
	conns  map[net.Conn]bool // Guarded by mu.
	closed bool              // Guarded by mu.
}

// Watcher sees one connection.
type Watcher struct {
	// Frame is called for each frame before it is forwarded, from one goroutine at a
	// time.
	Frame func(fromClient bool, data []byte)
	// Ended is called last, with the code and reason of the service's close frame. Code
	// is 0 if the client ended first.
	Ended func(code int, reason string)
}

// New starts a proxy for the service at a base URL. began is called at the begin of each
// connection. The caller closes the proxy.
func New(baseURL string, dialer *websocket.Dialer, began func(query url.Values) Watcher) *Proxy {
	p := &Proxy{
		upstream: "ws" + strings.TrimPrefix(strings.TrimSuffix(baseURL, "/"), "http"),
		dialer:   dialer, began: began, conns: map[net.Conn]bool{},
	}
	p.server = httptest.NewServer(p)
	return p
}

// URL returns the address of the proxy, without a path.
func (p *Proxy) URL() string { return p.server.URL }

// Close ends all connections and waits for their goroutines.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.server.Close()
	p.serving.Wait()
}

// hold registers a connection for Close, or closes it if Close was called.
func (p *Proxy) hold(c net.Conn) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = c.Close()
	}
	p.conns[c] = true
	return func() {
		_ = c.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, c)
	}
}

// ServeHTTP forwards a connection.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	p.serving.Add(1)
	defer p.serving.Done()
	header := http.Header{}
	for _, name := range []string{"Authorization", "Api-Key", "OpenAI-Organization", "OpenAI-Project", "OpenAI-Beta", "OpenAI-Safety-Identifier"} {
		if v := req.Header.Values(name); len(v) > 0 {
			header[http.CanonicalHeaderKey(name)] = v
		}
	}
	dialer := *p.dialer
	dialer.Subprotocols = websocket.Subprotocols(req)
	service, res, err := dialer.DialContext(req.Context(), p.upstream+strings.TrimPrefix(req.URL.RequestURI(), "/v1"), header)
	if res != nil {
		_ = res.Body.Close()
	}
	if err != nil {
		status := http.StatusBadGateway
		if res != nil {
			status = res.StatusCode
		}
		http.Error(w, http.StatusText(status), status)
		return
	}
	defer p.hold(service.NetConn())()
	up := websocket.Upgrader{
		CheckOrigin:  func(*http.Request) bool { return true }, // The service checks it.
		Subprotocols: []string{service.Subprotocol()},
	}
	client, err := up.Upgrade(w, req, nil)
	if err != nil {
		return // Upgrade has answered.
	}
	defer p.hold(client.NetConn())()
	watcher := p.began(req.URL.Query())
	watcher.Ended(pump(client, service, watcher.Frame))
}

// pump forwards frames in both directions until one side ends, and returns the code and
// reason of the service's close frame, 0 if the client ended first. It calls seen for
// each frame before it forwards it, from one goroutine at a time.
func pump(client, service *websocket.Conn, seen func(fromClient bool, data []byte)) (code int, reason string) {
	var mu sync.Mutex
	ended := false
	pass := func(from, to *websocket.Conn, fromClient bool) {
		from.SetReadLimit(rawconn.MaxFrame)
		for {
			kind, data, err := from.ReadMessage()
			if err != nil {
				c, r := closeOf(err)
				mu.Lock()
				if !ended && !fromClient {
					code, reason = c, r
				}
				ended = true
				mu.Unlock()
				_ = to.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(c, r), time.Now().Add(rawconn.CloseGrace))
				_ = to.NetConn().SetReadDeadline(time.Now().Add(rawconn.CloseGrace))
				return
			}
			mu.Lock()
			seen(fromClient, data)
			mu.Unlock()
			if to.WriteMessage(kind, data) != nil {
				return
			}
		}
	}
	var both sync.WaitGroup
	both.Go(func() { pass(client, service, true) })
	pass(service, client, false)
	both.Wait()
	return code, reason
}

// closeOf returns the code and reason to forward. Codes that no frame can carry
// become similar ones.
func closeOf(err error) (code int, reason string) {
	if e, ok := errors.AsType[*websocket.CloseError](err); ok {
		if e.Code != websocket.CloseAbnormalClosure && e.Code != websocket.CloseNoStatusReceived {
			return e.Code, e.Text
		}
		if e.Code == websocket.CloseNoStatusReceived {
			return websocket.CloseNormalClosure, ""
		}
	}
	return websocket.CloseGoingAway, ""
}
