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
	if s.proxy == nil {
		s.proxy = http.ProxyFromEnvironment
	}
	if s.dial == nil {
		s.dial = (&net.Dialer{}).DialContext
	}
	if c.TLS != nil {
		s.tls = c.TLS.Clone()
		// A config shared with an HTTP client offers h2, which cannot upgrade.
		s.tls.NextProtos = nil
	}
	return nil
}

// roundTripper sends REST requests over the same network as the socket.
func (s *settings) roundTripper() http.RoundTripper {
	t := &http.Transport{
		Proxy: s.proxy, DialContext: s.dial, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 32, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
	}
	if s.tls != nil {
		t.TLSClientConfig = s.tls.Clone()
	}
	return t
}

// present puts a credential on a request's header.
func (s *settings) present(c Credential, h http.Header) error { return c.set(h, s.azure != nil) }

// checkHandshake holds a handshake's header to what this platform can send.
func checkHandshake(http.Header) error { return nil }

// platformSends reports a close code that this platform can send.
func platformSends(int) bool { return true }

// isCertificate reports a server that could not prove who it is.
func isCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
