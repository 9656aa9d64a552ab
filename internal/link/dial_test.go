//go:build !js

package link

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/pipe"
	"github.com/voicelane/realtime-go/internal/text"
)

// TestACancelledDialOverTLSEndsAtOnce cancels a dial whose peer has finished the handshake of
// TLS and reads no more: the alert of a TLS close would be waited for.
func TestACancelledDialOverTLSEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(nil)
	s.Close()
	trust := x509.NewCertPool()
	trust.AddCert(s.Certificate())
	synctest.Test(t, func(t *testing.T) {
		ready := make(chan struct{})
		d := &Dialer{
			Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }, //nolint:nilnil // No proxy.
			TLS:   &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12},
			Connect: func(context.Context, string, string) (net.Conn, error) {
				near, far := pipe.New()
				go func() {
					server := tls.Server(far, &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12})
					assert.NoError(t, server.Handshake())
					_, err := http.ReadRequest(bufio.NewReader(server))
					assert.NoError(t, err)
					close(ready) // And never read or answered again.
				}()
				return near, nil
			},
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-ready
			cancel()
		}()
		begin := time.Now()
		_, err := d.Dial(ctx, Request{URL: &url.URL{Scheme: "wss", Host: "example.com"}}, &Options{})
		require.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, time.Since(begin))
	})
}

// counted is a connection that counts its ends.
type counted struct {
	net.Conn

	closed atomic.Int64
}

func (c *counted) Close() error {
	c.closed.Add(1)
	return c.Conn.Close()
}

// TestAFailedDialLeavesNothingAtItsContext refuses a handshake. A context that lives on would
// otherwise keep each connection that failed.
func TestAFailedDialLeavesNothingAtItsContext(t *testing.T) {
	t.Parallel()
	for name, through := range map[string]bool{"dialed": false, "through a round tripper": true} {
		synctest.Test(t, func(t *testing.T) {
			var conn *counted
			d := &Dialer{
				Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }, //nolint:nilnil // No proxy.
				Connect: func(context.Context, string, string) (net.Conn, error) {
					near, far := pipe.New()
					go func() {
						defer far.Close()
						if _, err := http.ReadRequest(bufio.NewReader(far)); err == nil {
							_, _ = io.WriteString(far, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
						}
					}()
					conn = &counted{Conn: near}
					return conn, nil
				},
			}
			if through {
				d.Through = d.Transport()
			}
			ctx, cancel := context.WithCancel(t.Context())
			_, err := d.Dial(ctx, Request{URL: &url.URL{Scheme: "ws", Host: "example.com"}}, &Options{})
			require.Error(t, err, name)
			synctest.Wait()
			closed := conn.closed.Load()
			assert.Positive(t, closed, name)
			cancel()
			synctest.Wait()
			assert.Equal(t, closed, conn.closed.Load(), "%s: the end of the context finds nothing to close", name)
		})
	}
}

// TestConnectionsToAHostShareAConfiguration holds that a session with many connections has
// one copy of the configuration of TLS, and one for each host.
func TestConnectionsToAHostShareAConfiguration(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]*Dialer{"none": {}, "a user's": {TLS: &tls.Config{MinVersion: tls.VersionTLS13}}} {
		a := d.config("a.example")
		assert.Equal(t, "a.example", a.ServerName, name)
		assert.Same(t, a, d.config("a.example"), name)
		assert.Equal(t, "b.example", d.config("b.example").ServerName, name)
	}
	d := &Dialer{TLS: &tls.Config{ServerName: "front.example", MinVersion: tls.VersionTLS13}}
	a := d.config("a.example")
	assert.Equal(t, "front.example", a.ServerName)
	assert.Same(t, a, d.config("b.example"))
}

// TestWhatAProxyEchoesIsScrubbed has a proxy answer with the credential that it was sent, and
// with no HTTP.
func TestWhatAProxyEchoesIsScrubbed(t *testing.T) {
	t.Parallel()
	const password = "hunter2-of-the-proxy"
	encoded := base64.StdEncoding.EncodeToString([]byte("me:" + password))
	for name, echo := range map[string]string{"as it travels": encoded, "decoded": password} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &Dialer{
				Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example", User: url.UserPassword("me", password)}),
				Connect: func(context.Context, string, string) (net.Conn, error) {
					near, far := pipe.New()
					go func() {
						defer far.Close()
						r, err := http.ReadRequest(bufio.NewReader(far))
						if !assert.NoError(t, err) {
							return
						}
						assert.Equal(t, "Basic "+encoded, r.Header.Get("Proxy-Authorization"))
						_, _ = io.WriteString(far, "Basic "+echo+"\r\n\r\n")
					}()
					return near, nil
				},
			}
			_, err := d.Dial(t.Context(), Request{URL: &url.URL{Scheme: "wss", Host: "example.com"}}, &Options{})
			require.ErrorContains(t, err, text.Redacted)
			assert.NotContains(t, err.Error(), echo)
		})
	}
}

// TestTheHandshakeOfTLSIsTraced dials with hooks of net/http/httptrace, all or some of them.
func TestTheHandshakeOfTLSIsTraced(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(nil)
	s.Close()
	trust := x509.NewCertPool()
	trust.AddCert(s.Certificate())
	d := &Dialer{
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }, //nolint:nilnil // No proxy.
		TLS:   &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12},
		Connect: func(context.Context, string, string) (net.Conn, error) {
			near, far := pipe.New()
			go func() {
				defer far.Close()
				server := tls.Server(far, &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12})
				assert.NoError(t, server.Handshake())
			}()
			return near, nil
		},
	}
	var started, done int
	start := func() { started++ }
	end := func(state tls.ConnectionState, err error) {
		done++
		assert.NoError(t, err)
		assert.True(t, state.HandshakeComplete)
	}
	for _, trace := range []*httptrace.ClientTrace{{}, {TLSHandshakeStart: start}, {TLSHandshakeDone: end}, {TLSHandshakeStart: start, TLSHandshakeDone: end}} {
		ctx := httptrace.WithClientTrace(t.Context(), trace)
		_, err := d.Dial(ctx, Request{URL: &url.URL{Scheme: "wss", Host: "example.com"}}, &Options{})
		require.Error(t, err, "it is no WebSocket")
	}
	assert.Equal(t, []int{2, 2}, []int{started, done})
}

// bounded is a connection that is no socket, and notes the deadline of its writes.
type bounded struct {
	net.Conn

	deadline atomic.Pointer[time.Time]
}

func (b *bounded) SetWriteDeadline(at time.Time) error {
	b.deadline.Store(&at)
	return b.Conn.SetWriteDeadline(at)
}

// TestNoDeadlineOutlivesItsWrite: what TLS writes by itself, perhaps an hour later, would fail,
// and all that follows.
func TestNoDeadlineOutlivesItsWrite(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := new(websocket.Upgrader).Upgrade(w, r, nil)
		if assert.NoError(t, err) {
			defer ws.Close()
			_, _, _ = ws.NextReader()
			_, _, _ = ws.NextReader()
		}
	}))
	defer s.Close()
	conn := &bounded{}
	d := &Dialer{
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }, //nolint:nilnil // No proxy.
		Connect: func(ctx context.Context, network, addr string) (_ net.Conn, err error) {
			conn.Conn, err = new(net.Dialer).DialContext(ctx, network, addr)
			return conn, err
		},
	}
	l, err := d.Dial(t.Context(), Request{URL: &url.URL{Scheme: "ws", Host: s.Listener.Addr().String()}}, &Options{})
	require.NoError(t, err)
	defer l.Abort()
	deadline := time.Now().Add(time.Minute)
	frame := GetFrame()
	*frame = append(*frame, "audio"...)
	for _, write := range []func() error{
		func() error { return l.write(*frame, deadline) },
		func() error { return l.ping(deadline) },
		func() error { return l.WriteClose(CodeNormal, "", deadline) },
	} {
		require.NoError(t, write())
		assert.Zero(t, *conn.deadline.Load())
	}
}
