package realtime

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

// plainHosts are the hosts that may be dialed without TLS, beside loopback ones: a
// name, or a name with a port.
type plainHosts []string

// has reports whether the host of an address is in the list.
func (p plainHosts) has(u *url.URL) bool {
	return slices.ContainsFunc(p, func(host string) bool {
		host = strings.TrimSpace(host)
		return strings.EqualFold(host, u.Host) || strings.EqualFold(strings.Trim(host, "[]"), u.Hostname())
	})
}

// check returns an error for what is no host.
func (p plainHosts) check() error {
	for _, host := range p {
		if strings.TrimSpace(host) == "" || strings.ContainsAny(host, "/@*?#") {
			return errors.New("realtime: Config.PlainHosts holds what is no host; write a name, or a name with a port")
		}
	}
	return nil
}

// parseBase parses an address to which /realtime is appended.
func parseBase(raw string, plain plainHosts) (*url.URL, error) {
	u, err := parseAddress(raw, plain)
	if err != nil {
		return nil, err
	}
	if path, ok := strings.CutSuffix(strings.TrimRight(u.Path, "/"), "/realtime"); ok {
		given, _, _ := strings.Cut(strings.TrimSpace(raw), ":")
		right := url.URL{Scheme: strings.ToLower(given), Host: u.Host, Path: path}
		return nil, fmt.Errorf("realtime: the address ends in /realtime, which is appended to it; write %s", right.String())
	}
	q := u.Query()
	for _, name := range routing {
		q.Del(name)
	}
	u.RawQuery = q.Encode()
	return u, nil
}

// parseAddress parses an address that may be dialed: wss, or ws to a loopback host or
// to one of plain. Its errors never show the text, which may hold a secret.
func parseAddress(raw string, plain plainHosts) (*url.URL, error) {
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
	if u.Scheme != "wss" && !isLoopback(u.Hostname()) && !plain.has(u) {
		return nil, fmt.Errorf("realtime: the address has scheme %q, which would send the credential to host %q in the clear; write %ss, or list the host in Config.PlainHosts",
			given, u.Hostname(), given)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// sourced adds to an error the setting that the address came from.
func sourced(u *url.URL, err error, from string) (*url.URL, error) {
	if err != nil {
		return nil, fmt.Errorf("realtime: %s: %s", from, text.Unprefixed(err))
	}
	return u, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// parseAzure parses an endpoint in any of its usual forms. In the result the path
// ends in /openai/v1 and the query is empty.
func parseAzure(raw string, plain plainHosts) (*url.URL, error) {
	u, err := parseAddress(raw, plain)
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

// endpoint returns the address of a target, before Config.RewriteURL.
func (s *settings) endpoint(t Target, exact string) (*url.URL, error) {
	if t == nil {
		return nil, errors.New("realtime: no target")
	}
	q := url.Values{}
	if err := t.route(q, s.azure); err != nil {
		return nil, err
	}
	if exact != "" {
		u, err := parseAddress(exact, s.plain)
		return sourced(u, err, "Options.URL")
	}
	u := s.base.JoinPath("realtime")
	if t.kind() == kindTranslation {
		u = u.JoinPath("translations")
	}
	// JoinPath drops a trailing slash of the base and keeps its query.
	all := u.Query()
	maps.Copy(all, q)
	u.RawQuery = all.Encode()
	return u, nil
}

// rewritten applies Config.RewriteURL. A change of more than path and query is an
// error.
func (s *settings) rewritten(u *url.URL) (*url.URL, error) {
	if s.rewrite == nil {
		return u, nil
	}
	v := *u
	if err := s.rewrite(&v); err != nil {
		return nil, fmt.Errorf("realtime: Config.RewriteURL: %w", err)
	}
	if v.Scheme != u.Scheme || v.Host != u.Host || v.User != nil || v.Opaque != "" {
		return nil, errors.New("realtime: Config.RewriteURL changed more than path and query")
	}
	v.Fragment, v.RawFragment = "", ""
	return &v, nil
}
