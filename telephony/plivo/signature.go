package plivo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// sign returns the signature (V3) of a request: over its address with the query, a nonce,
// and for a POST its form.
func sign(token, method, address string, query, form url.Values, nonce string) string {
	h := hmac.New(sha256.New, []byte(token))
	h.Write([]byte(base(method, address, query, form) + "." + nonce))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// base returns the text that is signed, without the nonce.
func base(method, address string, query, form url.Values) string {
	if method == http.MethodGet {
		all := maps.Clone(query)
		if len(all) == 0 {
			return address
		}
		return address + "?" + pairs(all, "=", "&")
	}
	text := address
	if len(query) > 0 || len(form) > 0 {
		text += "?" + pairs(query, "=", "&")
	}
	if len(query) > 0 && len(form) > 0 {
		text += "."
	}
	return text + pairs(form, "", "")
}

// pairs joins sorted names and values.
func pairs(v url.Values, equals, between string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, value := range slices.Sorted(slices.Values(v[name])) {
			list = append(list, name+equals+value)
		}
	}
	return strings.Join(list, between)
}

// maxSignatures bounds how many signatures of a header are compared.
const maxSignatures = 8

// signed reports whether a webhook has the signature of a token.
func signed(r *http.Request, token, address string, form url.Values) bool {
	nonce := r.Header.Get("X-Plivo-Signature-V3-Nonce")
	if nonce == "" {
		return false
	}
	want := sign(token, r.Method, address, r.URL.Query(), form, nonce)
	for _, header := range []string{"X-Plivo-Signature-V3", "X-Plivo-Signature-Ma-V3"} {
		for i, got := range strings.Split(r.Header.Get(header), ",") {
			if i < maxSignatures && hmac.Equal([]byte(strings.TrimSpace(got)), []byte(want)) {
				return true
			}
		}
	}
	return false
}
