// Package address parses the addresses that a client dials, and prints them without what
// may be secret.
package address

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/text"
)

// PlainHosts are the hosts that may be dialed without TLS, beside loopback ones: a
// name, or a name with a port.
type PlainHosts []string

// Has reports whether the host of an address is in the list.
func (p PlainHosts) Has(u *url.URL) bool {
	return slices.ContainsFunc(p, func(host string) bool {
		host = strings.TrimSpace(host)
		return strings.EqualFold(host, u.Host) || strings.EqualFold(strings.Trim(host, "[]"), u.Hostname())
	})
}

// Check returns an error for what is no host.
func (p PlainHosts) Check() error {
	for _, host := range p {
		if strings.TrimSpace(host) == "" || strings.ContainsAny(host, "/@*?#") {
			return errors.New("realtime: Config.PlainHosts holds what is no host; write a name, or a name with a port")
		}
	}
	return nil
}

// Base parses an address to which /realtime is appended.
func Base(raw string, plain PlainHosts) (*url.URL, error) {
	u, err := Parse(raw, plain)
	if err != nil {
		return nil, err
	}
	if path, ok := strings.CutSuffix(strings.TrimRight(u.Path, "/"), "/realtime"); ok {
		given, _, _ := strings.Cut(strings.TrimSpace(raw), ":")
		right := url.URL{Scheme: strings.ToLower(given), Host: u.Host, Path: path}
		return nil, fmt.Errorf("realtime: the address ends in /realtime, which is appended to it; write %s", right.String())
	}
	q := u.Query()
	for _, name := range Routing {
		q.Del(name)
	}
	u.RawQuery = q.Encode()
	return u, nil
}

// Parse parses an address that may be dialed: wss, or ws to a loopback host or
// to one of plain. Its errors never show the text, which may hold a secret.
func Parse(raw string, plain PlainHosts) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" {
		return nil, errors.New("realtime: the address is not an absolute URL")
	}
	if u.User != nil {
		return nil, errors.New("realtime: the address holds a user name; set a credential instead")
	}
	given := u.Scheme
	switch given {
	case "https", "wss":
		u.Scheme = "wss"
	case "http", "ws":
		u.Scheme = "ws"
	default:
		return nil, fmt.Errorf("realtime: the address has scheme %q; it must be https or wss", u.Scheme)
	}
	if u.Scheme != "wss" && !IsLoopback(u.Hostname()) && !plain.Has(u) {
		return nil, fmt.Errorf("realtime: the address has scheme %q, which would send the credential to host %q in the clear; write %ss, or list the host in Config.PlainHosts",
			given, u.Hostname(), given)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// From adds to an error the setting that the address came from.
func From(u *url.URL, err error, from string) (*url.URL, error) {
	if err != nil {
		return nil, fmt.Errorf("realtime: %s: %s", from, text.Unprefixed(err))
	}
	return u, nil
}

// IsLoopback reports whether a host is this machine.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Azure parses an endpoint in any of its usual forms. In the result the path
// ends in /openai/v1 and the query is empty.
func Azure(raw string, plain PlainHosts) (*url.URL, error) {
	u, err := Parse(raw, plain)
	if err != nil {
		return nil, err
	}
	path := strings.TrimRight(u.Path, "/")
	for _, tail := range []string{"/realtime", "/v1", "/openai"} {
		path = strings.TrimSuffix(path, tail)
	}
	u.Path, u.RawPath, u.RawQuery = path+"/openai/v1", "", ""
	return u, nil
}

// Redact returns an address without user, and with the values of its Routing
// parameters alone.
func Redact(u *url.URL) string {
	if u == nil {
		return ""
	}
	v := *u
	v.User, v.Fragment, v.RawFragment = nil, "", ""
	q := v.Query()
	for name, values := range q {
		if !HarmlessQuery(name) {
			for i := range values {
				values[i] = text.Redacted
			}
		}
	}
	v.RawQuery = q.Encode()
	return v.String()
}

// RedactText is Redact for an address that may not be one.
func RedactText(raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil {
		return text.Redacted
	}
	return Redact(u)
}

// Routing names the query parameters that choose a target. A target sets them, so
// that those of a base address are dropped.
var Routing = []string{"model", "intent", "call_id"}

// SetKey puts a key into the query of an address, behind all other parameters.
func SetKey(u *url.URL, name, key string) error {
	if name == "" || slices.Contains(Routing, name) {
		return fmt.Errorf("realtime: the query parameter %q cannot carry a credential", name)
	}
	q := u.Query()
	if q.Has(name) {
		q.Del(name)
		u.RawQuery = q.Encode()
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += url.QueryEscape(name) + "=" + url.QueryEscape(key)
	return nil
}

// HarmlessQuery reports whether a text may repeat the values of a query parameter.
func HarmlessQuery(name string) bool {
	switch name {
	case "model", "intent", "call_id", "api-version", "deployment":
		return true
	default:
		return false
	}
}

// secretWords are in the names of headers and query parameters that carry a key.
var secretWords = []string{"auth", "cookie", "cred", "key", "pass", "secret", "sig", "token"}

// Secrets returns the values of headers and query parameters that no text may
// repeat, in an order that depends on the names alone.
func Secrets(values map[string][]string, harmless func(name string) bool) []text.Secret {
	var list []text.Secret
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if harmless(name) {
			continue
		}
		key := slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(strings.ToLower(name), word) })
		for _, v := range values[name] {
			list = append(list, text.Secret{Text: v, Key: key})
		}
	}
	return list
}
