package protocol

import (
	"net/http"
	"strings"
)

// WithoutCredentials returns a copy of a request's header without the client's keys, which
// are in headers and in subprotocols that begin with keyProtocol.
func WithoutCredentials(h http.Header, keyProtocol string) http.Header {
	h = h.Clone()
	for _, name := range []string{"Authorization", "Api-Key", "Cookie", "Proxy-Authorization"} {
		h.Del(name)
	}
	const offers = "Sec-Websocket-Protocol"
	for i, offered := range h.Values(offers) {
		var kept []string
		for offer := range strings.SplitSeq(offered, ",") {
			if offer = strings.TrimSpace(offer); !strings.HasPrefix(offer, keyProtocol) {
				kept = append(kept, offer)
			}
		}
		h[offers][i] = strings.Join(kept, ", ")
	}
	return h
}
