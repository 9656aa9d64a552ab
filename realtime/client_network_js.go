package realtime

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// ErrBrowserKey is returned for a long-lived credential in a browser, where every
// user of the page could read it.
var ErrBrowserKey = errors.New("realtime: a browser must not hold a long-lived key: " +
	"make a client secret (ek_…) with Client.CreateClientSecret on a server of yours and give the page that, " +
	"or set Config.DangerouslyAllowBrowser")

// setNetwork refuses settings that a browser decides by itself.
func (s *settings) setNetwork(c *Config) error {
	if c.Azure != nil {
		return errors.New("realtime: Azure takes a browser's key in the address alone, where logs would keep it: connect from a server of yours")
	}
	for _, no := range [...]struct {
		set  bool
		name string
	}{
		{c.TLS != nil, "TLS"},
		{c.Proxy != nil, "Proxy"},
		{c.DialContext != nil, "DialContext"},
		{c.Handshake != nil, "Handshake"},
	} {
		if no.set {
			return fmt.Errorf("realtime: Config.%s has no use in a browser, which connects by its own rules", no.name)
		}
	}
	return nil
}

// roundTripper returns the browser's fetch: a transport with a dialer of its own
// would try to use that.
func (s *settings) roundTripper() http.RoundTripper { return &http.Transport{} }

// present adds a credential to a request with that header and address, if a page may
// hold it.
func (s *settings) present(c Credential, h http.Header, u *url.URL) error {
	if c.IsZero() && s.needsNoCredential(u) {
		return nil
	}
	if !c.IsZero() && !s.browser.DangerouslyAllowBrowser && !strings.HasPrefix(c.secret(), "ek_") {
		return ErrBrowserKey
	}
	return c.set(h, u, false)
}

// checkHandshake returns an error for a header that a browser cannot send: it sends
// none, and organization and project travel as subprotocols.
func checkHandshake(h http.Header) error {
	for name := range h {
		switch name {
		case "User-Agent", "Openai-Organization", "Openai-Project", "Authorization":
		default:
			return fmt.Errorf("realtime: a browser's handshake cannot carry the header %s", name)
		}
	}
	return nil
}

// subprotocols returns a handshake's header in the form that browsers can send.
func subprotocols(h http.Header) ([]string, error) {
	list := []string{"realtime"}
	if err := checkHandshake(h); err != nil {
		return nil, err // A credential may be in any header.
	}
	key, bearer := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	if !bearer && key != "" {
		return nil, errors.New("realtime: a browser's handshake cannot carry a credential that is no bearer")
	}
	for _, p := range [...]struct{ prefix, value string }{
		{"openai-insecure-api-key.", key},
		{"openai-organization.", h.Get("Openai-Organization")},
		{"openai-project.", h.Get("Openai-Project")},
	} {
		if p.value == "" {
			continue
		}
		if !isToken(p.value) {
			// The browser's error would show the value.
			return nil, fmt.Errorf("realtime: the value for %q holds a character that a browser cannot send", strings.TrimSuffix(p.prefix, "."))
		}
		list = append(list, p.prefix+p.value)
	}
	return list, nil
}

// isToken reports whether s may be a part of a subprotocol's name.
func isToken(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}

// isCertificate reports false: a page does not learn why it cannot connect.
func isCertificate(error) bool { return false }
