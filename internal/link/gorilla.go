//go:build !js

package link

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/monotonic"
	"github.com/voicelane/realtime-go/internal/text"
	"github.com/voicelane/realtime-go/socket"
)

// For compressed messages alone: see seal.
const writeBufferSize = 16 << 10

var writeBuffers = &sync.Pool{}

// gorillaLink is the Link over gorilla/websocket.
type gorillaLink struct {
	ws         *websocket.Conn
	raw        *watchedConn
	limit      int64        // of a message, inflated; zero is none
	inflated   *limitReader // nil without compression
	id         string
	secrets    *text.Secrets
	once       sync.Once
	compressed bool
	closing    bool // a close frame was written, so nothing may follow it; guarded by writing
	begun      bool // try has left something to flush and keeps the turn; see Link

	// writing is taken while something is written: a frame and its deadline belong
	// together.
	writing turn
}

var errHandshakeSize = errors.New(text.Prefix + "the handshake's answer is too long")

func (d *Dialer) dial(ctx context.Context, r Request, o *Options) (Link, error) {
	if d.Through != nil {
		return d.dialThrough(ctx, r, o)
	}
	var raw *watchedConn
	stop := func() bool { return true }
	ws := websocket.Dialer{
		ReadBufferSize:    readBufferSize,
		WriteBufferSize:   writeBufferSize,
		WriteBufferPool:   writeBuffers,
		EnableCompression: o.Compression,
	}
	proxy, err := proxyFor(r.URL, d.Proxy)
	if err != nil {
		return nil, err
	}
	ws.NetDialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := d.Connect(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		raw = watched(c)
		// gorilla only heeds the deadline once it writes; this makes a cancelled
		// context end the handshake as well. A deadline would not do: a TLS close
		// extends it by 5 s for an alert that a stalled peer does not read.
		stop = context.AfterFunc(ctx, func() { _ = c.Close() })
		return raw, nil
	}
	proxy.attach(&ws, d.TLS)
	if r.URL.Scheme == "wss" {
		ws.ReadBufferSize = readBufferSizeTLS
		d.encrypt(&ws, r.URL.Hostname())
	}
	conn, resp, err := ws.DialContext(ctx, r.URL.String(), r.Header) //nolint:bodyclose // The dialer has read what there is of it.
	if err != nil {
		err = dialError(ctx, err, resp, r.Secrets.With(proxy.secrets()))
		stop() // Not before: it would keep the connection as long as the context.
		return nil, err
	}
	if !stop() {
		// The context ended between the handshake and here.
		_ = raw.Close()
		return nil, &socket.TransportError{Op: "dial", Err: ctxerr.Of(ctx)}
	}
	return newGorillaLink(conn, raw, resp, o, r.Secrets), nil
}

// Transport returns a round tripper over the dialer's network that sends handshakes of
// this dialer and nothing else: its result is for Through, wrapped.
func (d *Dialer) Transport() http.RoundTripper {
	conf := d.TLS.Clone()
	if conf == nil {
		conf = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	conf.DynamicRecordSizingDisabled = true // See config.
	var protocols http.Protocols
	protocols.SetHTTP1(true) // An HTTP/2 connection cannot be upgraded.
	return &handshakes{http.Transport{
		Proxy: d.Proxy, DialContext: d.Connect, TLSClientConfig: conf, Protocols: &protocols,
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: handshakeBytes,
		ReadBufferSize: readBufferSize, WriteBufferSize: readBufferSize,
	}}
}

// dialThrough opens a link whose handshake passes through Dialer.Through.
func (d *Dialer) dialThrough(ctx context.Context, r Request, o *Options) (Link, error) {
	x := newExchange(ctx, d.Through, r.URL)
	raw := watched(x)
	ws := websocket.Dialer{
		ReadBufferSize:    readBufferSize,
		WriteBufferSize:   writeBufferSize,
		WriteBufferPool:   writeBuffers,
		EnableCompression: o.Compression,
		NetDialContext:    func(context.Context, string, string) (net.Conn, error) { return raw, nil },
	}
	u := *r.URL
	u.Scheme = "ws"                                              // TLS is a matter of the round tripper.
	conn, resp, err := ws.DialContext(ctx, u.String(), r.Header) //nolint:bodyclose // The dialer has read what there is of it.
	if err == nil && !x.opened() {
		// The context ended between the handshake and here.
		err = ctxerr.Of(ctx)
	}
	if err != nil {
		_ = x.Close()
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			return nil, refused
		}
		return nil, dialError(ctx, err, resp, r.Secrets)
	}
	return newGorillaLink(conn, raw, resp, o, r.Secrets), nil
}

// encrypt makes the dialer's TLS connections for it, except through SOCKS: the
// dialer would copy the configuration for every connection, to stay as long.
func (d *Dialer) encrypt(ws *websocket.Dialer, host string) {
	conf := d.config(host)
	if ws.Proxy != nil {
		ws.TLSClientConfig = conf
		return
	}
	dial := ws.NetDialContext
	ws.NetDialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
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

// config returns the configuration of TLS with a host; most dialers know one host.
// Records are as long as they can be from the first message on: the usual short
// ones at the start make a page appear sooner, and cut a message into several
// writes.
func (d *Dialer) config(host string) *tls.Config {
	name := host
	if d.TLS != nil && d.TLS.ServerName != "" {
		name = d.TLS.ServerName
	}
	if conf := d.latest.Load(); conf != nil && conf.ServerName == name {
		return conf
	}
	conf := d.TLS.Clone()
	if conf == nil {
		conf = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	conf.ServerName, conf.DynamicRecordSizingDisabled = name, true
	d.latest.Store(conf)
	return conf
}

func newGorillaLink(ws *websocket.Conn, raw *watchedConn, resp *http.Response, o *Options, secrets *text.Secrets) *gorillaLink {
	raw.budget.Store(0)
	raw.attempt.wait(false)
	raw.last.Store(int64(monotonic.Now()))
	t := &gorillaLink{
		ws: ws, raw: raw, compressed: o.Compression, limit: o.ReadLimit, secrets: secrets,
		id: text.Short(resp.Header.Get("X-Request-Id"), secrets),
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
		_ = t.WriteClose(code, "", time.Now().Add(time.Second))
		return nil
	})
	if pong := o.Pong; pong != nil {
		ws.SetPongHandler(func(data string) error {
			if at, err := strconv.ParseInt(data, 36, 64); err == nil {
				pong(time.Since(time.Unix(0, at)))
			}
			return nil
		})
	}
	return t
}

func (t *gorillaLink) nextReader() (io.Reader, error) {
	_, r, err := t.ws.NextReader()
	if err != nil {
		return nil, t.readError(err)
	}
	if t.compressed && t.limit > 0 {
		// gorilla's own limit counts what arrives, and a kilobyte can hold a megabyte.
		if t.inflated == nil {
			t.inflated = &limitReader{t: t}
		}
		t.inflated.r, t.inflated.left = r, t.limit
		return t.inflated, nil
	}
	return r, nil
}

// limitReader reads a message that may not be longer than its limit.
type limitReader struct {
	t    *gorillaLink
	r    io.Reader
	left int64 // -1 once the limit is passed
}

func (l *limitReader) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		_ = l.t.WriteClose(websocket.CloseMessageTooBig, "", time.Now().Add(time.Second)) // As gorilla does.
		return n, websocket.ErrReadLimit
	}
	return n, err
}

// readError translates gorilla's errors. The peer chooses the reason of its close, and
// its length cuts that.
func (t *gorillaLink) readError(err error) error {
	if c, ok := errors.AsType[*websocket.CloseError](err); ok {
		if c.Code == codeAbnormal {
			// gorilla makes this up for a stream that ended without a close frame.
			return &socket.TransportError{Op: "read", Err: io.ErrUnexpectedEOF}
		}
		return &socket.CloseError{Code: c.Code, Reason: t.secrets.Scrub(c.Text)}
	}
	if errors.Is(err, websocket.ErrReadLimit) {
		err = socket.ErrTooLarge
	}
	return &socket.TransportError{Op: "read", Err: t.secrets.Error(err)}
}

func (t *gorillaLink) write(frame []byte, deadline time.Time) error {
	t.writing.take(nil)
	defer t.writing.release()
	if err := t.ws.NetConn().SetWriteDeadline(deadline); err != nil {
		return writeError(err)
	}
	t.raw.attempt.wait(true) // Not before: TLS may write by itself, and heeds the deadline, too.
	defer t.relax()
	return writeError(t.writeText(frame, deadline))
}

// tryBytes bounds the messages of try, and with them what a sender copies if the system
// takes a part.
const tryBytes = 16 << 10

func (t *gorillaLink) tries(bytes int) bool { return bytes <= tryBytes && t.raw.tries() }

func (t *gorillaLink) try(frame []byte) (whole bool, err error) {
	if !t.writing.try() {
		return false, nil
	}
	err = t.writeText(frame, time.Time{})
	if t.begun = err == nil && t.raw.attempt.holds(); t.begun {
		return false, nil
	}
	t.writing.release()
	return true, writeError(err)
}

func (t *gorillaLink) complete(frame []byte, deadline time.Time) error {
	if !t.begun {
		return t.write(frame, deadline)
	}
	t.begun = false
	defer t.writing.release()
	err := t.raw.attempt.flush(t.raw.Conn, deadline)
	if err != nil && !t.compressed {
		unseal(frame)
	}
	return writeError(err)
}

func (t *gorillaLink) writeText(frame []byte, deadline time.Time) error {
	switch {
	case t.closing:
		return websocket.ErrCloseSent
	case t.compressed:
		if err := t.ws.SetWriteDeadline(deadline); err != nil {
			return err
		}
		return t.ws.WriteMessage(websocket.TextMessage, frame[frameHead:])
	}
	_, err := t.ws.NetConn().Write(seal(frame))
	if err != nil {
		unseal(frame)
	}
	return err
}

func writeError(err error) error {
	if err == nil {
		return nil
	}
	return &socket.TransportError{Op: "write", Err: err}
}

// control writes a control frame, unless a message keeps the connection beyond
// the deadline.
func (t *gorillaLink) control(kind int, data []byte, deadline time.Time) error {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	if !t.writing.take(timer.C) {
		return os.ErrDeadlineExceeded
	}
	defer t.writing.release()
	defer t.relax()
	// The waits are in flush: after a write that timed out, neither TLS nor gorilla writes
	// anything more. What flush leaves precedes the next write, and is one frame at most.
	if err := t.raw.attempt.flush(t.raw.Conn, deadline); err != nil {
		return err
	}
	t.closing = t.closing || kind == websocket.CloseMessage
	if err := t.ws.WriteControl(kind, data, deadline); err != nil {
		return err
	}
	return t.raw.attempt.flush(t.raw.Conn, deadline)
}

// relax ends the wait of a write, and its deadline: TLS answers an update of keys when that
// comes, and after a write that timed out writes nothing more.
func (t *gorillaLink) relax() {
	t.raw.attempt.wait(false)
	if !t.raw.tries() { // Writes that do not wait heed no deadline.
		_ = t.raw.SetWriteDeadline(time.Time{})
	}
}

func (t *gorillaLink) ping(deadline time.Time) error {
	now := strconv.AppendInt(nil, time.Now().UnixNano(), 36)
	return t.control(websocket.PingMessage, now, deadline)
}

func (t *gorillaLink) WriteClose(code int, reason string, deadline time.Time) error {
	return t.control(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
}

func (t *gorillaLink) Abort() {
	// The raw connection: a TLS close would first try to write.
	t.once.Do(func() { _ = t.raw.Close() })
}

func (t *gorillaLink) lastRead() monotonic.Time { return monotonic.Time(t.raw.last.Load()) }

func (t *gorillaLink) RequestID() string { return t.id }

func (t *gorillaLink) Secrets() *text.Secrets { return t.secrets }

// dialError makes the error of a failed dial, without secrets.
func dialError(ctx context.Context, err error, resp *http.Response, secrets *text.Secrets) error {
	if resp != nil && errors.Is(err, websocket.ErrBadHandshake) {
		// gorilla has read the first kilobyte and closed the connection.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
		return &RefusedError{Status: resp.StatusCode, Header: resp.Header, Body: body}
	}
	if cause := ctxerr.Of(ctx); cause != nil {
		return &socket.TransportError{Op: "dial", Err: cause}
	}
	return &socket.TransportError{Op: "dial", Err: secrets.Error(err)}
}

// platformSends reports whether this platform can send a close code.
func platformSends(int) bool { return true }
