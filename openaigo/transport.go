package openaigo

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/openai/openai-go/v3/option"
)

// handshakes sends handshakes through the vendor's client.
type handshakes struct {
	vendor *vendorClient
	own    http.RoundTripper
	// timed is set once their HTTP client has turned out to have a timeout.
	timed atomic.Bool
}

// RoundTrip sends one handshake.
func (h *handshakes) RoundTrip(r *http.Request) (*http.Response, error) {
	return h.vendor.pass(r, func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		if h.timed.Load() {
			return h.own.RoundTrip(r)
		}
		res, err := next(r)
		if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
			return res, err
		}
		if _, ok := res.Body.(io.Writer); ok {
			return res, nil
		}
		// A timeout of an http.Client wraps the body, which then cannot be written.
		h.timed.Store(true)
		if err := res.Body.Close(); err != nil && !errors.Is(err, http.ErrBodyReadAfterClose) {
			return nil, err
		}
		return h.own.RoundTrip(r)
	})
}

// requests sends REST requests through the vendor's client.
type requests vendorClient

// RoundTrip sends one request.
func (c *requests) RoundTrip(r *http.Request) (*http.Response, error) {
	return (*vendorClient)(c).pass(r, func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		return next(r)
	})
}
