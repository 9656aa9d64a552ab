package realtimetest

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

	"github.com/voicelane/realtime-go/realtimetest/internal/golden"
	"github.com/voicelane/realtime-go/realtimetest/internal/rawconn"
)

// Recorder is a proxy between a client and a Realtime service that keeps a
// transcript of each connection. Set the client's base URL to URL. The client's
// credentials are forwarded and not kept. REST requests are not forwarded. All
// methods may be called from any goroutine.
type Recorder struct {
	// URL is the base URL for a client, with the path /v1 at its end.
	URL string

	// Set once by NewRecorder.
	upstream string
	dialer   *websocket.Dialer
	server   *httptest.Server

	serving sync.WaitGroup // Calls of ServeHTTP.

	mu          sync.Mutex
	conns       map[net.Conn]bool // Guarded by mu.
	closed      bool              // Guarded by mu.
	transcripts []*Transcript     // Guarded by mu.
}

// NewRecorder returns a recorder for the service at a base URL, such as
// "https://api.openai.com/v1". A nil dialer is the default one. The caller closes
// the recorder.
func NewRecorder(baseURL string, dialer *websocket.Dialer) *Recorder {
	if dialer == nil {
		dialer = websocket.DefaultDialer
	}
	r := &Recorder{
		upstream: "ws" + strings.TrimPrefix(strings.TrimSuffix(baseURL, "/"), "http"),
		dialer:   dialer, conns: map[net.Conn]bool{},
	}
	r.server = httptest.NewServer(r)
	r.URL = r.server.URL + "/v1"
	return r
}

// Transcripts returns the transcripts of the connections that have ended, in the
// order of their ends.
func (r *Recorder) Transcripts() []*Transcript {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*Transcript(nil), r.transcripts...)
}

// Close ends all connections and waits for their goroutines.
func (r *Recorder) Close() {
	r.mu.Lock()
	r.closed = true
	for c := range r.conns {
		_ = c.Close()
	}
	r.mu.Unlock()
	r.server.Close()
	r.serving.Wait()
}

// hold registers a connection for Close, or closes it if Close was called.
func (r *Recorder) hold(c net.Conn) (release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		_ = c.Close()
	}
	r.conns[c] = true
	return func() {
		_ = c.Close()
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.conns, c)
	}
}

// ServeHTTP forwards a connection.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.serving.Add(1)
	defer r.serving.Done()
	header := http.Header{}
	for _, name := range []string{"Authorization", "Api-Key", "OpenAI-Organization", "OpenAI-Project", "OpenAI-Beta", "OpenAI-Safety-Identifier"} {
		if v := req.Header.Values(name); len(v) > 0 {
			header[http.CanonicalHeaderKey(name)] = v
		}
	}
	dialer := *r.dialer
	dialer.Subprotocols = websocket.Subprotocols(req)
	service, res, err := dialer.DialContext(req.Context(), r.upstream+strings.TrimPrefix(req.URL.RequestURI(), "/v1"), header)
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
	defer r.hold(service.NetConn())()
	up := websocket.Upgrader{
		CheckOrigin:  func(*http.Request) bool { return true }, // The service checks it.
		Subprotocols: []string{service.Subprotocol()},
	}
	client, err := up.Upgrade(w, req, nil)
	if err != nil {
		return // Upgrade has answered.
	}
	defer r.hold(client.NetConn())()
	t := r.pump(client, service, sessionQuery(req.URL.Query()))
	r.mu.Lock()
	r.transcripts = append(r.transcripts, t)
	r.mu.Unlock()
}

// pump forwards frames in both directions until one side ends.
func (r *Recorder) pump(client, service *websocket.Conn, query url.Values) *Transcript {
	t := &Transcript{Query: query}
	began := time.Now()
	var mu sync.Mutex
	ended := false
	pass := func(from, to *websocket.Conn, d Direction) {
		from.SetReadLimit(rawconn.MaxFrame)
		for {
			kind, data, err := from.ReadMessage()
			if err != nil {
				code, reason := closeOf(err)
				mu.Lock()
				if !ended && d == Sent {
					t.Code, t.Reason = code, reason
				}
				ended = true
				mu.Unlock()
				_ = to.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(rawconn.CloseGrace))
				_ = to.NetConn().SetReadDeadline(time.Now().Add(rawconn.CloseGrace))
				return
			}
			mu.Lock()
			t.Entries = append(t.Entries, Entry{At: time.Since(began), Direction: d, Type: typeOf(data), Data: golden.Redact(data)})
			mu.Unlock()
			if to.WriteMessage(kind, data) != nil {
				return
			}
		}
	}
	var both sync.WaitGroup
	both.Go(func() { pass(client, service, Received) })
	pass(service, client, Sent)
	both.Wait()
	return t
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
