package realtime

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/internal/failure"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/rest"
	"github.com/voicelane/realtime-go/internal/text"
)

// maxAnswer bounds the body of an answer. Sessions and SDP are far smaller.
const maxAnswer = 4 << 20

// ErrUnexpectedAnswer is returned when a request succeeded by its status, and its
// answer is not what the API sends: another content type, or too large.
var ErrUnexpectedAnswer = errors.New("realtime: the answer is not one of the API's")

// APIError is an HTTP answer that refuses: to a REST request, or to the handshake
// of a session. Redirects are among them: they are never followed. Get at it with
// [errors.AsType]. It holds no body, and no secret of ours that the body repeats.
type APIError struct {
	// Op is what was refused: "request" or "handshake".
	Op string
	// Status is the HTTP status.
	Status int
	// Type, Code, Param and Message are the server's, as far as it sent them. If it
	// sent none, Message is the start of the body as text.
	Type, Code, Param, Message string
	// RequestID is the server's name for the request, for its support.
	RequestID string
	// RetryAfter is the wait that the server asks for, or zero.
	RetryAfter time.Duration
	// Attempts is the number of requests made.
	Attempts int
	// Ambiguous reports whether an attempt before the last one may have been
	// carried out, so that this failure may be the result of that success.
	Ambiguous bool
	// Err is [ErrUnexpectedAnswer] when the status was a success, else nil.
	Err error

	final   bool // the server asks not to repeat the request
	keyless bool // the client sent no credential
}

func (e *APIError) Error() string {
	var b strings.Builder
	what := "request failed"
	if e.Op == opHandshake {
		what = "handshake refused"
	}
	fmt.Fprintf(&b, "realtime: %s: status %d", what, e.Status)
	if e.keyless && e.IsUnauthorized() {
		b.WriteString(" (the client has sent no credential)")
	}
	if e.Err != nil {
		b.WriteString(": " + text.Unprefixed(e.Err))
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	for _, part := range [...]struct{ name, value string }{
		{"type", e.Type}, {"code", e.Code}, {"param", e.Param}, {"request_id", e.RequestID},
	} {
		if part.value != "" {
			b.WriteString(" " + part.name + "=" + part.value)
		}
	}
	return b.String()
}

// Unwrap returns Err.
func (e *APIError) Unwrap() error { return e.Err }

// IsUnauthorized reports whether the server refuses the credential.
func (e *APIError) IsUnauthorized() bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
}

// IsNotFound reports whether the thing does not exist, such as a call that ended.
func (e *APIError) IsNotFound() bool { return e.Status == http.StatusNotFound }

// IsRateLimit reports whether a rate or quota is used up.
func (e *APIError) IsRateLimit() bool { return e.Status == http.StatusTooManyRequests }

// Temporary reports whether a later attempt may succeed.
func (e *APIError) Temporary() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return e.Code != CodeQuota
	case http.StatusNotImplemented:
		return false
	default:
		return e.Status >= 500
	}
}

const (
	opRequest   = "request"
	opHandshake = "handshake"
)

// newRefusal returns the error of a handshake with that credential that was answered by HTTP.
func newRefusal(r *link.RefusedError, secrets *text.Secrets, c Credential) *APIError {
	e := newAPIError(&rest.Response{Status: r.Status, Header: r.Header, Body: r.Body, Attempts: 1}, secrets)
	e.Op, e.keyless = opHandshake, c.IsZero()
	return e
}

func newAPIError(res *rest.Response, secrets *text.Secrets) *APIError {
	e := &APIError{
		Op: opRequest, Status: res.Status, Attempts: res.Attempts, Ambiguous: res.Ambiguous,
		RetryAfter: rest.RetryAfter(res.Header), final: res.Header.Get("X-Should-Retry") == "false",
		RequestID: text.Short(cmp.Or(res.Header.Get("X-Request-Id"), res.Header.Get("Apim-Request-Id")), secrets),
	}
	switch {
	case res.Status < 300 && res.Cut:
		e.Err, e.Message = ErrUnexpectedAnswer, fmt.Sprintf("larger than %d bytes", maxAnswer)
		return e
	case res.Status < 400 && res.Status >= 300:
		e.Message = "redirects are not followed"
		return e
	}
	// A body that is no JSON, or says nothing that is known, is shown as it is.
	d := failure.Read(res.Body)
	if d == (failure.Detail{}) || !json.Valid(res.Body) {
		d = failure.Detail{Message: string(res.Body)}
	}
	e.Type, e.Code = text.Short(d.Kind, secrets), text.Short(d.Code, secrets)
	e.Param, e.Message = text.Short(d.Param, secrets), text.Short(d.Message, secrets)
	return e
}

// unexpected returns the error for an answer that is not one of the API's.
func unexpected(res *rest.Response, why string) *APIError {
	return &APIError{
		Op: opRequest, Status: res.Status, Attempts: res.Attempts, Message: why, Err: ErrUnexpectedAnswer,
		RequestID: text.Short(res.Header.Get("X-Request-Id"), nil),
	}
}
