package agent

import (
	"errors"
	"io"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/text"
	"github.com/voicelane/realtime-go/realtime"
)

// Causes of ErrUnanswered that no error of the service tells.
var (
	errNotHeld   = errors.New("the new connection does not hold the question")
	errWithdrawn = errors.New("the question was deleted")
)

// causedError is one of the errors of a conversation, and what has caused it.
type causedError struct{ kind, cause error }

// because returns an error of a conversation that wraps its cause; without a cause it is
// the plain error.
func because(kind, cause error) error {
	if cause == nil {
		return kind
	}
	return &causedError{kind, cause}
}

func (e *causedError) Error() string { return e.kind.Error() + ": " + text.Unprefixed(e.cause) }

func (e *causedError) Unwrap() []error { return []error{e.kind, e.cause} }

// ended returns ErrEnded with the error that has ended the conversation, if any. The lock
// is held.
func (c *Conversation) ended() error { return because(ErrEnded, c.end.Err) }

// isFinal reports whether an error of the service stays until its account or its settings
// are changed, so that asking again does not help.
func isFinal(err error) bool {
	code, kind := "", ""
	if e, ok := errors.AsType[*realtime.ServerError](err); ok {
		code, kind = e.Code(), e.Detail.Type
	}
	if e, ok := errors.AsType[*realtime.ResponseError](err); ok {
		code, kind = e.Code, e.Type
	}
	for _, s := range [...]string{code, kind} {
		switch s {
		case realtime.CodeQuota, realtime.CodeInvalidKey, realtime.CodeModelNotFound:
			return true
		}
	}
	return false
}

// failure returns why a response has failed, nil if it has not.
func failure(e *api.Response) error {
	if e.Status != api.ResponseStatusFailed {
		return nil
	}
	return (&realtime.Answer{Response: *e}).Err()
}

// sessionFault returns the error with which a session has ended, or else that of the loop
// over its events; nil if it goes on or has ended in good order.
func sessionFault(s *realtime.Session, err error) error {
	end := s.Err()
	switch {
	case end != nil && !errors.Is(end, io.EOF):
		return end
	case err == nil && s.CloseStatus() != nil:
		return s.CloseStatus()
	default:
		return err
	}
}
