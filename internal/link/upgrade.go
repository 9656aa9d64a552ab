//go:build !js

package link

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/text"
)

const (
	// Every session has such a buffer, idle or not. Longer messages bypass it into
	// memory of the pool. TLS has a buffer of its own beneath, and on Unix a read takes
	// what the system has into memory that all sessions share.
	readBufferSize    = 512
	readBufferSizeTLS = 256
	// How much a server may send before the handshake is complete.
	handshakeBytes = 1 << 20
)

// handshakes is the transport at the bottom of a chain. It refuses requests to another
// host than the one that is dialed, since they carry its credential.
type handshakes struct{ t http.Transport }

// dialedKey is the key of the address that a request's context is for.
type dialedKey struct{}

func (h *handshakes) RoundTrip(r *http.Request) (*http.Response, error) {
	u, ok := r.Context().Value(dialedKey{}).(*url.URL)
	if !ok || r.URL.Scheme != u.Scheme || r.URL.Host != u.Host {
		return nil, errors.New(text.Prefix + "the handshake's middleware changed the host, which would get the credential of another")
	}
	return h.t.RoundTrip(r)
}

// exchange is the connection of a handshake that passes through a round tripper. What
// is written to it first is the request, and what is read first the response; after
// that it is the body of the response, which a round tripper makes writable when it
// switches protocols.
type exchange struct {
	through http.RoundTripper
	url     *url.URL
	ctx     context.Context //nolint:containedctx // Of the request, whose body this is.
	cancel  context.CancelCauseFunc
	stop    func() bool // stops the watch over the context of the dial

	request bytes.Buffer
	head    *bytes.Reader // nil before the response
	failed  error

	mu       sync.Mutex // guards what follows
	conn     net.Conn   // below the body, if the round tripper tells; the latest that it used
	body     io.ReadWriteCloser
	deadline time.Time // of the next write
	closed   bool
}

func newExchange(ctx context.Context, through http.RoundTripper, u *url.URL) *exchange {
	asked := *u
	asked.Scheme = map[string]string{"wss": "https", "ws": "http"}[u.Scheme]
	x := &exchange{through: through, url: &asked}
	// The request's context lives as long as its body.
	x.ctx, x.cancel = context.WithCancelCause(context.WithValue(context.WithoutCancel(ctx), dialedKey{}, &asked))
	x.stop = context.AfterFunc(ctx, func() { x.cancel(context.Cause(ctx)) })
	return x
}

// opened ends the watch over the context of the dial. It reports false when that has
// ended.
func (x *exchange) opened() bool { return x.stop() }

// Read makes the exchange when it is called first. Only one goroutine reads.
func (x *exchange) Read(p []byte) (int, error) {
	if x.head == nil && x.failed == nil {
		x.failed = x.run()
	}
	if x.failed != nil {
		return 0, x.failed
	}
	if x.head.Len() > 0 {
		return x.head.Read(p)
	}
	return x.body.Read(p) // It is set once, by this goroutine.
}

// run sends the request.
func (x *exchange) run() error {
	req, err := http.ReadRequest(bufio.NewReader(&x.request))
	if err != nil {
		return err
	}
	req.URL.Scheme, req.URL.Host, req.RequestURI = x.url.Scheme, x.url.Host, ""
	ctx := httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{GotConn: x.got})
	res, err := x.through.RoundTrip(req.WithContext(ctx)) // use keeps the body, refuse closes it.
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		return refuse(res)
	}
	return x.use(res)
}

// got notes the connection of the request.
func (x *exchange) got(info httptrace.GotConnInfo) {
	conn := info.Conn
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn() // A TLS close would first try to write.
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.conn = conn
}

// refuse returns the error of a response that switches no protocols.
func refuse(res *http.Response) error {
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	return &RefusedError{Status: res.StatusCode, Header: res.Header, Body: body}
}

// use makes the body of a response the connection.
func (x *exchange) use(res *http.Response) error {
	body, ok := res.Body.(io.ReadWriteCloser)
	if !ok {
		_ = res.Body.Close()
		return errors.New(text.Prefix + "the handshake's middleware returned a body that cannot be written")
	}
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
	_ = res.Header.Write(&head)
	head.WriteString("\r\n")
	x.mu.Lock()
	x.body = body
	closed := x.closed
	x.mu.Unlock()
	if closed {
		_ = body.Close()
		return net.ErrClosed
	}
	x.head = bytes.NewReader(head.Bytes())
	return nil
}

// Write gathers the request, and then writes to the body. One goroutine writes at a
// time.
func (x *exchange) Write(p []byte) (int, error) {
	x.mu.Lock()
	conn, body, deadline := x.conn, x.body, x.deadline
	x.mu.Unlock()
	if body == nil {
		return x.request.Write(p)
	}
	if conn != nil {
		_ = conn.SetWriteDeadline(deadline)
	}
	if deadline.IsZero() {
		return body.Write(p)
	}
	// A body has no deadline of its own, and the connection may not be the one below it.
	if conn != nil {
		deadline = deadline.Add(time.Second)
	}
	timer := time.AfterFunc(time.Until(deadline), func() { _ = x.Close() })
	n, err := body.Write(p)
	if !timer.Stop() && err != nil {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

// Close ends the exchange, or the connection after it.
func (x *exchange) Close() error {
	x.mu.Lock()
	conn, body, closed := x.conn, x.body, x.closed
	x.closed = true
	x.mu.Unlock()
	if closed {
		return nil
	}
	x.stop()
	x.cancel(net.ErrClosed)
	if body == nil {
		return nil
	}
	if conn != nil {
		_ = conn.Close()
	}
	return body.Close()
}

// SetWriteDeadline bounds later writes.
func (x *exchange) SetWriteDeadline(t time.Time) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.deadline = t
	return nil
}

// SetDeadline does nothing: the context bounds the handshake, and nothing else asks.
func (*exchange) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing: reading ends with Close alone.
func (*exchange) SetReadDeadline(time.Time) error { return nil }

// LocalAddr returns a name: a body does not know its connection.
func (*exchange) LocalAddr() net.Addr { return handshakeAddr{} }

// RemoteAddr returns a name.
func (*exchange) RemoteAddr() net.Addr { return handshakeAddr{} }

type handshakeAddr struct{}

func (handshakeAddr) Network() string { return "http" }
func (handshakeAddr) String() string  { return "upgraded" }
