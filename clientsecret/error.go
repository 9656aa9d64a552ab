package clientsecret

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Codes of an [Error].
const (
	// CodeMethod: only POST is allowed. Status 405.
	CodeMethod = "method_not_allowed"
	// CodeOrigin: the page belongs to another origin, which Config.Origins does not list.
	// Status 403.
	CodeOrigin = "origin_not_allowed"
	// CodeTooLarge: the request's body is larger than 4 KiB. Status 413.
	CodeTooLarge = "request_too_large"
	// CodeUnauthorized: Config.Authorize refused; the user has to sign in. Status 401.
	CodeUnauthorized = "unauthorized"
	// CodeForbidden: Config.SessionFor refused. Status 403.
	CodeForbidden = "forbidden"
	// CodeRateLimited: the user has had too many secrets. Status 429, with Retry-After.
	CodeRateLimited = "rate_limited"
	// CodeBusy: too many requests wait for the API, or the API refuses so many. Status 503,
	// with Retry-After.
	CodeBusy = "busy"
	// CodeUnavailable: the API cannot be reached, fails, or does not answer before the
	// request's deadline. It may help to try again. Status 503.
	CodeUnavailable = "unavailable"
	// CodeMisconfigured: the API refuses the server's key, model or settings, its account has
	// no credit, or its answer is no client secret with an expiry. Only the operator can help,
	// whose log says more. Status 502.
	CodeMisconfigured = "misconfigured"
)

// Error is an error for the page: Config.Authorize and Config.SessionFor may return one. It
// is written as {"error":{"code":…,"message":…}}.
type Error struct {
	// Status is the HTTP status: 400 to 599, otherwise 500 is used.
	Status int `json:"-"`
	// Code tells a program what happened.
	Code string `json:"code"`
	// Message tells the user what to do.
	Message string `json:"message"`
	// RetryAfter is when it helps to try again, rounded up to seconds; 0 if that is unknown.
	// It is sent as the header Retry-After.
	RetryAfter time.Duration `json:"-"`
}

// Error returns code and message.
func (e *Error) Error() string { return "clientsecret: " + e.Code + ": " + e.Message }

// seconds returns a duration in whole seconds, rounded up.
func seconds(d time.Duration) int {
	s := d / time.Second // Adding before the division would overflow.
	if d%time.Second > 0 {
		s++
	}
	return int(s)
}

// write writes the error as the response.
func (e *Error) write(w http.ResponseWriter) {
	body, err := json.Marshal(map[string]*Error{"error": e})
	if err != nil {
		body = nil // Two strings always encode.
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds(e.RetryAfter)))
	}
	status := e.Status
	if status < http.StatusBadRequest || status > 599 {
		status = http.StatusInternalServerError
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
