// Package peer plays the server's end of a WebSocket connection by a script, for
// tests. Serve starts it on a [Network] in memory. It knows no session and no
// client, so that every package above the wire can use it.
package peer

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// Peer is the server's end of one connection.
type Peer struct {
	T   testing.TB
	WS  *websocket.Conn
	Req *http.Request
	// N is which connection of the test this is, from 1.
	N int
}

// Serve serves connections in memory, each played by play. At the end of the test
// it hangs up and waits for the plays.
func Serve(tb testing.TB, play func(p *Peer)) *Network {
	tb.Helper()
	network := newNetwork()
	var wg sync.WaitGroup
	var mu sync.Mutex
	count := 0
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { //nolint:gosec // Its only client is the test.
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
		play(&Peer{T: tb, WS: ws, Req: r, N: n})
	})}
	wg.Go(func() { _ = srv.Serve(network) })
	tb.Cleanup(func() {
		_ = srv.Close()
		network.hangUp()
		wg.Wait()
	})
	return network
}

// Send writes one text frame. A client that is gone is no fault of the play.
func (p *Peer) Send(frame string) { _ = p.WS.WriteMessage(websocket.TextMessage, []byte(frame)) }

// Created sends session.created.
func (p *Peer) Created() {
	p.Send(`{"type":"session.created","event_id":"s1","session":{"type":"realtime","id":"sess_1","object":"realtime.session","model":"gpt-realtime"}}`)
}

// Read returns the next event as generic JSON, or nil once the client is gone.
func (p *Peer) Read() map[string]any {
	_, data, err := p.WS.ReadMessage()
	if err != nil {
		return nil
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		p.T.Errorf("the client sent no JSON object: %v", err)
	}
	return m
}

// Expect reads one event and checks its type.
func (p *Peer) Expect(eventType string) map[string]any {
	m := p.Read()
	if m == nil {
		p.T.Errorf("connection ended, wanted %s", eventType)
		return map[string]any{}
	}
	if m["type"] != eventType {
		p.T.Errorf("client sent %v, wanted %s", m["type"], eventType)
	}
	return m
}

// Drain reads until the client is gone, and answers its close.
func (p *Peer) Drain() {
	for {
		if _, _, err := p.WS.ReadMessage(); err != nil {
			return
		}
	}
}

// Close sends a close frame and drains.
func (p *Peer) Close(code int, reason string) {
	_ = p.WS.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
	p.Drain()
}

// At returns a member of an object by its path; what is missing is nil.
func At(m map[string]any, path ...string) any {
	var v any = m
	for _, name := range path {
		o, _ := v.(map[string]any)
		v = o[name]
	}
	return v
}

// TextAt is At for strings.
func TextAt(m map[string]any, path ...string) string {
	s, _ := At(m, path...).(string)
	return s
}
