package proxy

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/recording"
)

// Options configure a [Proxy].
type Options struct {
	// Upstream is the address of the service, such as "https://api.openai.com". Its path
	// comes before that of each request.
	Upstream string
	// Open returns what a connection is recorded to; o is a copy of Recording with what is
	// known of the call, to be passed to the writer. It is called once the service has
	// accepted the connection. A nil writer records nothing; after an error, which is
	// logged, nothing is recorded either, and the call goes on.
	Open func(c Call, o *recording.Options) (*recording.Writer, error)
	// Recording says what is kept; nil is structure alone.
	Recording *recording.Options

	// Transport carries REST requests, and Dialer WebSocket connections; nil are the
	// defaults.
	Transport http.RoundTripper
	Dialer    *websocket.Dialer
	// ReadLimit bounds one message, default 64 MiB.
	ReadLimit int64
	// WriteTimeout bounds the write of one message, default 30 s.
	WriteTimeout time.Duration
	// Log gets a record for each connection that ends, without addresses; nil: none.
	Log *slog.Logger
}

// Call is a connection that is recorded.
type Call struct {
	// ID is random, and fit for the name of a file.
	ID string
	// Path is that of the request, without its query.
	Path string
	// Session is what the client asked for.
	Session recording.SessionInfo
}

// Proxy is an [http.Handler]. All methods may be called from any goroutine.
type Proxy struct {
	o        Options
	upstream *url.URL
	rest     *httputil.ReverseProxy

	serving sync.WaitGroup // calls of ServeHTTP with a WebSocket

	mu     sync.Mutex
	conns  map[net.Conn]bool // guarded by mu
	closed bool              // guarded by mu
}

// New returns a proxy. The error is about Options.Upstream. Close it once its server has
// stopped.
func New(o *Options) (*Proxy, error) {
	p := &Proxy{conns: map[net.Conn]bool{}}
	if o != nil {
		p.o = *o
	}
	u, err := url.Parse(p.o.Upstream)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("proxy: Options.Upstream is no http or https address")
	}
	p.upstream = u
	if p.o.Dialer == nil {
		p.o.Dialer = websocket.DefaultDialer
	}
	if p.o.ReadLimit <= 0 {
		p.o.ReadLimit = recording.MaxLine
	}
	if p.o.WriteTimeout <= 0 {
		p.o.WriteTimeout = 30 * time.Second
	}
	if p.o.Log == nil {
		p.o.Log = slog.New(slog.DiscardHandler)
	}
	p.rest = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(u)
			r.Out.Host = u.Host
		},
		Transport:     p.o.Transport,
		FlushInterval: -1, // Streams pass as they come.
		ErrorHandler:  p.failed,
		ErrorLog:      slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // Its texts have addresses; failed logs instead.
	}
	return p, nil
}

// failed answers a REST request that could not be passed on.
func (p *Proxy) failed(w http.ResponseWriter, r *http.Request, _ error) {
	p.o.Log.WarnContext(r.Context(), "the service could not be reached", "method", r.Method)
	http.Error(w, http.StatusText(http.StatusBadGateway), http.StatusBadGateway)
}

// ServeHTTP passes on a request or a WebSocket connection. For a connection it returns
// when both sides have ended.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !websocket.IsWebSocketUpgrade(r) {
		p.rest.ServeHTTP(w, r)
		return
	}
	if !p.enter() {
		http.Error(w, "the proxy is closed", http.StatusServiceUnavailable)
		return
	}
	defer p.serving.Done()
	p.connect(w, r)
}

func (p *Proxy) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.serving.Add(1)
	}
	return !p.closed
}

// Close ends all connections, closes their recordings, and waits for their goroutines.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
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

// newCall describes a connection.
func newCall(r *http.Request) Call {
	q := r.URL.Query()
	c := Call{ID: "call-" + rand.Text()[:16], Path: r.URL.Path}
	c.Session = recording.SessionInfo{Kind: "conversation", Model: q.Get("model"), CallID: q.Get("call_id")}
	switch {
	case strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/realtime/translations"):
		c.Session.Kind = "translation"
	case q.Get("intent") == "transcription":
		c.Session.Kind = "transcription"
	case q.Has("call_id"):
		c.Session.Kind = "call"
	}
	return c
}
