//go:build !js

package realtime

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"
)

// Browser holds what can be set in a browser alone, where GOOS is js. Here it
// is empty.
type Browser struct{}

// setNetwork prepares what dials and requests are made through.
func (s *settings) setNetwork(c *Config) error {
	if s.dialer.Proxy == nil {
		s.dialer.Proxy = http.ProxyFromEnvironment
	}
	if s.dialer.Connect == nil {
		s.dialer.Connect = (&net.Dialer{}).DialContext
	}
	if c.TLS != nil {
		s.dialer.TLS = c.TLS.Clone()
		// A config shared with an HTTP client offers h2, which cannot upgrade.
		s.dialer.TLS.NextProtos = nil
	}
	return nil
}

// roundTripper sends REST requests over the same network as the socket.
func (s *settings) roundTripper() http.RoundTripper {
	t := &http.Transport{
		Proxy: s.dialer.Proxy, DialContext: s.dialer.Connect, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 32, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
	}
	if s.dialer.TLS != nil {
		t.TLSClientConfig = s.dialer.TLS.Clone()
	}
	return t
}

// present puts a credential on a request's header.
func (s *settings) present(c Credential, h http.Header) error { return c.set(h, s.azure != nil) }

// checkHandshake holds a handshake's header to what this platform can send.
func checkHandshake(http.Header) error { return nil }

// subprotocols are for browsers alone: here the header carries what they need.
func subprotocols(http.Header) ([]string, error) { return nil, nil }

// isCertificate reports a server that could not prove who it is.
func isCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
