package telephonytest

import (
	"encoding/xml"
	"io"
	"net/http"
	"strings"
)

// Client returns a client for Options.Client, whose requests reach the carrier's REST API:
// it ends calls, transfers them and takes digits, where the carrier can. Requests need the
// credentials that the configuration's Secret implies.
func (c *Carrier) Client() *http.Client {
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		var body []byte
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body) // A request of this process is complete.
			_ = r.Body.Close()
		}
		status, answer := c.rest(r, body)
		return &http.Response{
			StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(answer)),
		}, nil
	})}
}

type roundTripper func(r *http.Request) (*http.Response, error)

// RoundTrip answers a request.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// running returns the call with an id, or nil.
func (c *Carrier) running(id string) *Call {
	c.mu.Lock()
	call := c.calls[id]
	c.mu.Unlock()
	if call == nil {
		return nil
	}
	select {
	case <-call.ended:
		return nil
	default:
		return call
	}
}

// rest answers a request to the carrier's API.
func (c *Carrier) rest(r *http.Request, body []byte) (status int, answer string) {
	switch c.kind {
	case Twilio, SignalWire:
		return c.restTwilio(r, body)
	case Telnyx:
		return c.restTelnyx(r, body)
	case Plivo:
		return c.restPlivo(r, body)
	case Vonage:
		return c.restVonage(r, body)
	default:
		return http.StatusNotFound, `{}`
	}
}

// restTwilio changes a call.
func (c *Carrier) restTwilio(r *http.Request, body []byte) (status int, answer string) {
	_, password, _ := r.BasicAuth()
	if password != c.c.Secret {
		return http.StatusUnauthorized, `{"code":20003}`
	}
	_, name, _ := strings.Cut(r.URL.Path, "/Calls/")
	call := c.running(strings.TrimSuffix(name, ".json"))
	if call == nil || r.Method != http.MethodPost {
		return http.StatusNotFound, `{"code":20404}`
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	if err := r.ParseForm(); err != nil {
		return http.StatusBadRequest, `{"code":21220}`
	}
	if text := r.PostForm.Get("Twiml"); text != "" {
		var document struct{ Dial string }
		if xml.Unmarshal([]byte(text), &document) != nil || //nolint:gosec // The text is that of the program under test.
			document.Dial == "" {
			return http.StatusBadRequest, `{"code":12100}`
		}
		call.transferred(document.Dial)
	} else if r.PostForm.Get("Status") != "completed" {
		return http.StatusBadRequest, `{"code":21220}`
	}
	call.end(Program, false)
	return http.StatusOK, `{}`
}

// transferred notes a transfer.
func (c *Call) transferred(to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.transfer = to
}
