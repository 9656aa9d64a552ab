//go:build !js

package link

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/pipe"
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
