package clientsecret

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// origins decides whose pages may ask, and tells their browsers.
type origins struct {
	listed []string
	check  *http.CrossOriginProtection
}

func newOrigins(listed []string) (*origins, error) {
	o := &origins{check: http.NewCrossOriginProtection()}
	for _, text := range listed {
		origin, err := serialized(text)
		if err == nil {
			err = o.check.AddTrustedOrigin(origin)
		}
		if err != nil {
			return nil, fmt.Errorf("clientsecret: Config.Origins: %q: %w", text, err)
		}
		o.listed = append(o.listed, origin)
	}
	return o, nil
}

// serialized returns an origin as browsers send it: in lower case, without the default port
// of its scheme.
func serialized(origin string) (string, error) {
	u, err := url.Parse(origin)
	switch {
	case err != nil:
		return "", errors.New("it is not scheme://host or scheme://host:port")
	case u.Scheme == "" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(origin, "#"):
		return "", errors.New("it is not scheme://host or scheme://host:port, without a path")
	}
	host, err := serializedHost(strings.ToLower(u.Hostname()), strings.HasPrefix(u.Host, "["))
	if err != nil {
		return "", err
	}
	port := u.Port()
	if port == "" {
		return u.Scheme + "://" + host, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil:
		return "", errors.New("there is no such port")
	case u.Scheme == "http" && n == 80, u.Scheme == "https" && n == 443:
		return u.Scheme + "://" + host, nil
	}
	return u.Scheme + "://" + host + ":" + strconv.FormatUint(n, 10), nil
}

// serializedHost returns a host in lower case as browsers write it.
func serializedHost(host string, bracketed bool) (string, error) {
	if bracketed {
		addr, err := netip.ParseAddr(host)
		if err != nil || addr.Zone() != "" || addr.Is4In6() {
			return "", errors.New("its IPv6 address is none that browsers send")
		}
		return "[" + addr.String() + "]", nil
	}
	for _, r := range host {
		switch {
		case r > unicode.MaxASCII:
			return "", errors.New("write the host in its ASCII form, xn--…, which browsers send")
		case r == '*':
			return "", errors.New("there are no patterns: list each origin")
		case !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-._", r):
			return "", errors.New("a host consists of letters, digits, hyphens and dots")
		}
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last != "" && strings.Trim(last, "0123456789") == "" {
		if _, err := netip.ParseAddr(host); err != nil {
			return "", errors.New("write the IPv4 address as four decimal numbers, which browsers send")
		}
	}
	return host, nil
}

// allow lets the browser give the response to a page of a listed origin.
func (o *origins) allow(w http.ResponseWriter, r *http.Request) (listed bool) {
	if len(o.listed) == 0 {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !slices.Contains(o.listed, origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", "Retry-After")
	return true
}

// preflight answers the question of a browser whether a page of a listed origin may ask.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", http.MethodPost)
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}
