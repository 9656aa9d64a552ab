package twilio

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // The carrier signs with it.
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// sign returns the signature of a request: over its address and, for a POST, its form.
func sign(token, address string, form url.Values) string {
	h := hmac.New(sha1.New, []byte(token))
	h.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, value := range slices.Compact(values) {
			h.Write([]byte(name + value))
		}
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// signed reports whether a request has a signature over one of the addresses.
func signed(r *http.Request, token string, form url.Values, addresses ...string) bool {
	for _, header := range []string{"X-Twilio-Signature", "X-SignalWire-Signature"} {
		got := r.Header.Get(header)
		if got == "" || token == "" {
			continue
		}
		for _, address := range addresses {
			if hmac.Equal([]byte(got), []byte(sign(token, address, form))) {
				return true
			}
		}
	}
	return false
}

// addresses returns the forms in which a carrier may sign an address: with and without the
// default port, whichever the configured one has.
func addresses(u *url.URL, ports ...string) []string {
	plain := *u
	plain.Host = u.Hostname()
	if port := u.Port(); port != "" && !slices.Contains(ports, port) {
		return []string{u.String()}
	}
	list := []string{plain.String()}
	for _, port := range ports {
		with := plain
		with.Host = plain.Host + ":" + port
		list = append(list, with.String())
	}
	return list
}
