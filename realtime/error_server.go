package realtime

import (
	"cmp"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/failure"
	"github.com/voicelane/realtime-go/internal/text"
	"github.com/voicelane/realtime-go/socket"
)

// Types of a server's error.
const (
	ErrorTypeInvalidRequest = "invalid_request_error"
	ErrorTypeServer         = "server_error"
	ErrorTypeRateLimit      = "rate_limit_error"
)

// Codes of a server's error that a program decides on, to compare with
// [ServerError.Code]. There are others.
const (
	// CodeResponseActive refuses a response.create while a response runs.
	CodeResponseActive = "conversation_already_has_active_response"
	// CodeCancelNotActive refuses a response.cancel with nothing to cancel.
	CodeCancelNotActive = "response_cancel_not_active"
	// CodeCommitEmpty refuses a commit of less audio than the server takes.
	CodeCommitEmpty = "input_audio_buffer_commit_empty"
	// CodeInvalidKey refuses the credential.
	CodeInvalidKey = "invalid_api_key"
	// CodeModelNotFound means that the model does not exist or is not available to the
	// key.
	CodeModelNotFound = "model_not_found"
	// CodeRateLimited means that a rate limit is exceeded: wait and try again.
	CodeRateLimited = "rate_limit_exceeded"
	// CodeQuota means that the account has no credit left: trying again does not help.
	CodeQuota = "insufficient_quota"
	// CodeSessionExpired means that the session has reached its maximum age.
	CodeSessionExpired = "session_expired"
)

// ServerError is an error that the server has sent as an event: in answer to a
// request, or instead of a session. Get at it with [errors.AsType].
type ServerError struct {
	// Detail is the error. What a server writes in another form, such as an error that
	// is a text, is read into it; the event has it as it arrived.
	Detail api.Error
	// ServerEventID is the id of the error event itself.
	ServerEventID string
	// Close is the server's close right after the error, when it refused the session;
	// nil otherwise.
	Close *socket.CloseError
}

// NewServerError returns the error that an event holds, in whichever form a server has
// written it. A nil event gives an error without a text.
func NewServerError(e *api.ErrorEvent) *ServerError {
	if e == nil {
		return &ServerError{}
	}
	return &ServerError{Detail: failure.Of(e), ServerEventID: e.EventID}
}

func (e *ServerError) Error() string {
	var b strings.Builder
	b.WriteString("realtime: server error: ")
	b.WriteString(cmp.Or(text.Printable(e.Detail.Message), "it has no text"))
	for _, part := range [...]struct{ name, value string }{
		{"type", e.Detail.Type}, {"code", e.Code()}, {"param", e.Param()}, {"event_id", e.EventID()},
	} {
		if part.value != "" {
			b.WriteString(" " + part.name + "=" + text.Printable(part.value))
		}
	}
	if e.Close != nil {
		b.WriteString(" (" + text.Unprefixed(e.Close) + ")")
	}
	return b.String()
}

// Unwrap returns Close.
func (e *ServerError) Unwrap() error {
	if e.Close == nil {
		return nil
	}
	return e.Close
}

// refusedError is a [ServerError] that refuses a session.
type refusedError struct{ *ServerError }

// ClosedBy returns the error with the close that followed it.
func (r refusedError) ClosedBy(e *socket.CloseError) error {
	r.Close = e
	return r.ServerError
}

// Code returns the error's code, or "".
func (e *ServerError) Code() string { return orEmpty(e.Detail.Code) }

// Param returns the wire path that the error is about, or "".
func (e *ServerError) Param() string { return orEmpty(e.Detail.Param) }

// EventID returns the id of the client event that the error is about, or "".
func (e *ServerError) EventID() string { return orEmpty(e.Detail.EventID) }

// IsInvalidRequest reports whether the server cannot accept the event as it is.
func (e *ServerError) IsInvalidRequest() bool { return e.Detail.Type == ErrorTypeInvalidRequest }

// IsServerError reports whether the fault is on the server's side.
func (e *ServerError) IsServerError() bool { return e.Detail.Type == ErrorTypeServer }

// IsRateLimit reports whether a rate or quota is used up.
func (e *ServerError) IsRateLimit() bool {
	return e.Detail.Type == ErrorTypeRateLimit || e.Code() == CodeRateLimited || e.Code() == CodeQuota
}

// IsUnauthorized reports whether the server refuses the credential.
func (e *ServerError) IsUnauthorized() bool {
	return e.Code() == CodeInvalidKey || e.Close != nil && e.Close.Code == CloseUnauthorized
}

func orEmpty(s api.Nullable[string]) string {
	v, _ := s.Get()
	return v
}
