package talk

import (
	"errors"
	"strings"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

// UserError is an error for the user of the page: what happened, and what to do about it.
type UserError struct{ Text, Advice string }

// Error returns both.
func (e *UserError) Error() string { return e.Text + " " + e.Advice }

// errEnded is returned when the service ends a conversation in good order.
var errEnded = &UserError{
	"The service has ended the conversation.",
	"Start again to go on. The new conversation does not know the old one.",
}

const again = "Start again: the page then asks for a new secret. If that fails too, tell who runs this page."

// explain returns what an error means for the user.
func explain(err error) *UserError {
	if p, ok := errors.AsType[*UserError](err); ok {
		return p
	}
	server, isServer := errors.AsType[*realtime.ServerError](err)
	_, isLost := errors.AsType[*socket.TransportError](err)
	closed, isClosed := errors.AsType[*socket.CloseError](err)
	switch {
	case isServer && server.Code() == realtime.CodeModelNotFound:
		return &UserError{"The service does not have this model.", "Serve the page with another one: -model."}
	case isServer && server.Code() == realtime.CodeQuota:
		return &UserError{"The account has no credit left.", "Starting again does not help: tell who runs this page."}
	case isServer:
		return &UserError{"The service refused the conversation: " + sentence(server.Detail.Message), again}
	case realtime.IsUnauthorized(err):
		return &UserError{"The service refused the conversation.", again}
	case isLost:
		return &UserError{"The service cannot be reached.", "Check that you are online and that no firewall blocks WebSockets. Then start again."}
	case isClosed && (closed.Code == 1000 || closed.Code == 1001):
		return errEnded
	case isClosed:
		return &UserError{"The service has ended the conversation: " + err.Error(), "Start again to go on."}
	default:
		return &UserError{err.Error(), again}
	}
}

// sentence ends a text with a full stop.
func sentence(text string) string { return strings.TrimRight(text, ". ") + "." }
