//go:build !js

package realtime

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// setNetwork sets the network of dials and requests.
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
	if c.Handshake != nil {
		if s.dialer.Through = c.Handshake(s.dialer.Transport()); s.dialer.Through == nil {
			return errors.New("realtime: Config.Handshake returned no round tripper")
		}
	}
	return nil
}

// roundTripper returns a transport for REST requests over the dialer's network.
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

// present adds a credential to a request with that header and address.
func (s *settings) present(c Credential, h http.Header, u *url.URL) error {
	if c.IsZero() && s.needsNoCredential(u) {
		return nil
	}
	return c.set(h, u, s.azure != nil)
}

// checkHandshake returns an error for a header that this platform cannot send.
func checkHandshake(http.Header) error { return nil }

// subprotocols returns none: browsers alone have no header to send.
func subprotocols(http.Header) ([]string, error) { return nil, nil }

// isCertificate reports whether the server's certificate was not accepted.
func isCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
