package clientsecret

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/voicelane/realtime-go/realtime"
)

// refusalError is an error for the page with a cause that is for the log alone.
type refusalError struct {
	page  *Error
	cause error
}

func (e *refusalError) Error() string { return e.cause.Error() }

func (e *refusalError) Unwrap() []error { return []error{e.page, e.cause} }

// because returns what the page gets in place of a cause, which itself may be for the page.
// A deadline that has passed refuses nothing: whatever was asked may answer the next time.
func because(cause error, page *Error) error {
	if e, ok := errors.AsType[*Error](cause); ok {
		page = e
	} else if errors.Is(cause, context.DeadlineExceeded) {
		page = unavailable()
	}
	return &refusalError{page, cause}
}

func unavailable() *Error {
	return &Error{
		Status: http.StatusServiceUnavailable, Code: CodeUnavailable,
		Message: "The service does not answer. Try again in a minute.",
	}
}

func misconfigured() *Error {
	return &Error{
		Status: http.StatusBadGateway, Code: CodeMisconfigured,
		Message: "The server is not set up for conversations. Tell its operator.",
	}
}

func limited(wait time.Duration) *Error {
	return &Error{
		Status: http.StatusTooManyRequests, Code: CodeRateLimited, RetryAfter: wait,
		Message: fmt.Sprintf("Too many conversations were started. Try again in %d s.", seconds(wait)),
	}
}

func busy(wait time.Duration) *Error {
	return &Error{
		Status: http.StatusServiceUnavailable, Code: CodeBusy, RetryAfter: wait,
		Message: fmt.Sprintf("Too many conversations start at this moment. Try again in %d s.", seconds(wait)),
	}
}

// ofAPI returns what the page can do about an error of the API, without its text.
func ofAPI(err error) error {
	page := unavailable()
	refused, ok := errors.AsType[*realtime.APIError](err)
	switch {
	case ok && refused.IsRateLimit() && refused.Code != realtime.CodeQuota:
		page = busy(max(refused.RetryAfter, time.Second))
	case ok && refused.Temporary():
		page.RetryAfter = refused.RetryAfter
	case ok, errors.Is(err, realtime.ErrNoCredential):
		page = misconfigured()
	}
	return because(err, page)
}
