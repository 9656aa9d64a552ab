//go:build !js

package realtime

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

const (
	// Of compressed messages alone: see seal.
	writeBufferSize = 16 << 10
	// Every session has such a buffer, idle or not. What is longer goes around
	// it into memory that is lent. TLS has a buffer of its own beneath.
	readBufferSize    = 1 << 10
	readBufferSizeTLS = 256
	// What a server may send before the handshake is through.
	handshakeBytes = 1 << 20
)

var writeBuffers = &sync.Pool{}

// socket is the transport over gorilla/websocket.
type socket struct {
	ws         *websocket.Conn
	raw        *watchedConn
	compressed bool
	id         string
	once       sync.Once

	// writing holds a token while something is written: a frame and its
	// deadline belong together.
	writing chan struct{}
	closing bool // a close frame went out, so nothing may follow it
}

// watchedConn notes when bytes last arrived, below TLS and framing, so that a
// long message on a slow line counts as a sign of life.
type watchedConn struct {
	net.Conn
	last   atomic.Int64
	budget atomic.Int64
}

var errHandshakeSize = errors.New("realtime: the handshake's answer is too long")

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.last.Store(time.Now().UnixNano())
		if left := c.budget.Load(); left != 0 {
			if left -= int64(n); left <= 0 {
				return n, errHandshakeSize
			}
			c.budget.Store(left)
		}
	}
	return n, err
}

// dialSocket opens one connection. The context bounds the dial alone.
func (s *settings) dialSocket(ctx context.Context, u *url.URL, h http.Header, o *Options, secrets []string) (transport, error) {
	if s.dialTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.dialTimeout)
		defer cancel()
	}
	var raw *watchedConn
	stop := func() bool { return true }
	d := websocket.Dialer{
		ReadBufferSize:    readBufferSize,
		WriteBufferSize:   writeBufferSize,
		WriteBufferPool:   writeBuffers,
		EnableCompression: o.Compression,
	}
	proxy, err := s.proxyFor(u)
	if err != nil {
		return nil, err
	}
	d.NetDialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := s.dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		raw = &watchedConn{Conn: c}
		raw.budget.Store(handshakeBytes)
		// gorilla looks at the deadline alone once it speaks; this makes a
		// cancelled context end the handshake as well.
		stop = context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
		return raw, nil
	}
	proxy.attach(&d, s.tls)
	if u.Scheme == "wss" {
		d.ReadBufferSize = readBufferSizeTLS
		s.encrypt(&d, u.Hostname())
	}
	ws, resp, err := d.DialContext(ctx, u.String(), h) //nolint:bodyclose // The dialer has read what there is of it.
	if err != nil {
		return nil, dialError(ctx, err, resp, append(secrets, proxy.secrets()...))
	}
	if !stop() {
		// The context ended between the handshake and here.
		_ = raw.Close()
		return nil, &TransportError{Op: "dial", Err: ctxerr.Of(ctx)}
	}
	return newSocket(ws, raw, resp, o), nil
}

// encrypt does the dialer's TLS for it where the way there is not its own, too: it
// would make a copy of the configuration for every connection, to stay as long.
func (s *settings) encrypt(d *websocket.Dialer, host string) {
	conf := s.socketConfig(host)
	if d.Proxy != nil {
		d.TLSClientConfig = conf
		return
	}
	dial := d.NetDialContext
	d.NetDialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		raw, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c := tls.Client(raw, conf)
		trace := httptrace.ContextClientTrace(ctx)
		if trace != nil && trace.TLSHandshakeStart != nil {
			trace.TLSHandshakeStart()
		}
		err = c.HandshakeContext(ctx)
		if trace != nil && trace.TLSHandshakeDone != nil {
			trace.TLSHandshakeDone(c.ConnectionState(), err)
		}
		if err != nil {
			_ = raw.Close()
			return nil, err
		}
		return c, nil
	}
}

// socketConfig returns the configuration of TLS with a host; most clients know one.
// Records are as long as they can be from the first message on: the usual short
// ones at first let a page begin to show sooner, and cut a message into several
// writes.
func (s *settings) socketConfig(host string) *tls.Config {
	name := host
	if s.tls != nil && s.tls.ServerName != "" {
		name = s.tls.ServerName
	}
	if conf := s.socketTLS.Load(); conf != nil && conf.ServerName == name {
		return conf
	}
	conf := s.tls.Clone()
	if conf == nil {
		conf = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	conf.ServerName, conf.DynamicRecordSizingDisabled = name, true
	s.socketTLS.Store(conf)
	return conf
}

func newSocket(ws *websocket.Conn, raw *watchedConn, resp *http.Response, o *Options) *socket {
	raw.budget.Store(0)
	raw.last.Store(time.Now().UnixNano())
	t := &socket{
		ws: ws, raw: raw, compressed: o.Compression, id: resp.Header.Get("X-Request-Id"),
		writing: make(chan struct{}, 1),
	}
	if o.ReadLimit > 0 {
		ws.SetReadLimit(o.ReadLimit)
	}
	ws.EnableWriteCompression(o.Compression)
	ws.SetPingHandler(func(data string) error {
		// A pong that cannot be written now is not worth the connection; the
		// write side reports its own failures.
		_ = t.control(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
		return nil
	})
	ws.SetCloseHandler(func(code int, _ string) error {
		_ = t.writeClose(code, "", time.Now().Add(time.Second))
		return nil
	})
	if ping := o.Hooks.Ping; ping != nil {
		ws.SetPongHandler(func(data string) error {
			if at, err := strconv.ParseInt(data, 36, 64); err == nil {
				ping(time.Since(time.Unix(0, at)))
			}
			return nil
		})
	}
	return t
}

func (t *socket) nextReader() (io.Reader, error) {
	_, r, err := t.ws.NextReader()
	if err != nil {
		return nil, readError(err)
	}
	return r, nil
}

// readError turns gorilla's words into ours.
func readError(err error) error {
	if c, ok := errors.AsType[*websocket.CloseError](err); ok {
		if c.Code == closeAbnormal {
			// gorilla's own word for a stream that ended without a frame.
			return &TransportError{Op: "read", Err: io.ErrUnexpectedEOF}
		}
		return &CloseError{Code: c.Code, Reason: c.Text}
	}
	if errors.Is(err, websocket.ErrReadLimit) {
		err = ErrTooLarge
	}
	return &TransportError{Op: "read", Err: err}
}

func (t *socket) write(frame []byte, deadline time.Time) error {
	t.writing <- struct{}{}
	defer func() { <-t.writing }()
	if err := t.writeText(frame, deadline); err != nil {
		return &TransportError{Op: "write", Err: err}
	}
	return nil
}

func (t *socket) writeText(frame []byte, deadline time.Time) error {
	switch {
	case t.closing:
		return websocket.ErrCloseSent
	case t.compressed:
		if err := t.ws.SetWriteDeadline(deadline); err != nil {
			return err
		}
		return t.ws.WriteMessage(websocket.TextMessage, frame[frameHead:])
	}
	conn := t.ws.NetConn()
	if err := conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	_, err := conn.Write(seal(frame))
	return err
}

// control writes a control frame, unless a message keeps the connection beyond
// the deadline.
func (t *socket) control(kind int, data []byte, deadline time.Time) error {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case t.writing <- struct{}{}:
	case <-timer.C:
		return os.ErrDeadlineExceeded
	}
	defer func() { <-t.writing }()
	t.closing = t.closing || kind == websocket.CloseMessage
	return t.ws.WriteControl(kind, data, deadline)
}

func (t *socket) ping(deadline time.Time) error {
	now := strconv.AppendInt(nil, time.Now().UnixNano(), 36)
	return t.control(websocket.PingMessage, now, deadline)
}

func (t *socket) writeClose(code int, reason string, deadline time.Time) error {
	return t.control(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
}

func (t *socket) abort() {
	// The raw connection: a TLS close would first try to write.
	t.once.Do(func() { _ = t.raw.Close() })
}

func (t *socket) lastRead() time.Time { return time.Unix(0, t.raw.last.Load()) }

func (t *socket) requestID() string { return t.id }

// dialError makes the error of a failed dial, without secrets.
func dialError(ctx context.Context, err error, resp *http.Response, secrets []string) error {
	if resp != nil && errors.Is(err, websocket.ErrBadHandshake) {
		return refused(resp, secrets)
	}
	if cause := ctxerr.Of(ctx); cause != nil {
		return &TransportError{Op: "dial", Err: cause}
	}
	if text := err.Error(); scrub(text, secrets...) != text {
		// The chain below would still tell, so it is cut.
		return &TransportError{Op: "dial", Err: errors.New(scrub(text, secrets...))}
	}
	return &TransportError{Op: "dial", Err: err}
}

func refused(resp *http.Response, secrets []string) error {
	// gorilla has read the first kilobyte and closed the connection.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	e := &HandshakeError{
		Status:    resp.StatusCode,
		Body:      printable(scrub(string(body), secrets...)),
		RequestID: resp.Header.Get("X-Request-Id"),
	}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		e.RetryAfter = min(time.Duration(n)*time.Second, time.Hour)
	}
	return e
}
