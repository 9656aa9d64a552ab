package realtime

import (
	"errors"

	"github.com/voicelane/realtime-go/internal/feed"
	"github.com/voicelane/realtime-go/socket"
)

// Reasons why a request has no answer. Package socket holds the errors of the
// connection.
var (
	// ErrStreamTooLarge is returned when a response outgrew Options.StreamBytes
	// while it was gathered. The session goes on.
	ErrStreamTooLarge = errors.New("realtime: the response is larger than its stream may be")
	// ErrNoAnswer is returned when no event answers the event of a request.
	ErrNoAnswer = errors.New("realtime: this event has no answer; use Send")
)

// ErrBehind is the last error of a loop over changes, turns or the like, here and in the
// packages above, that let more than 1,024 values wait: further ones were lost for it.
var ErrBehind = feed.ErrBehind

var (
	errNilEvent  = errors.New("realtime: the event is nil")
	errNilReader = errors.New("realtime: the reader is nil")
)

// Close codes to which the server gives a meaning of its own.
const (
	// CloseExpired ends a session that has reached its longest age.
	CloseExpired = 1001
	// CloseUnauthorized follows a refused key.
	CloseUnauthorized = 3000
	// CloseBadRequest follows a refused model, parameter or older protocol.
	CloseBadRequest = 4000
)

// IsUnauthorized reports whether the server refused the credential, in whichever
// way: as a [*ServerError], an [*APIError], or a [*socket.CloseError] with
// [CloseUnauthorized]. A missing credential is [ErrNoCredential].
func IsUnauthorized(err error) bool {
	if e, ok := errors.AsType[interface {
		error
		IsUnauthorized() bool
	}](err); ok && e.IsUnauthorized() {
		return true
	}
	e, ok := errors.AsType[*socket.CloseError](err)
	return ok && !e.Local && e.Code == CloseUnauthorized
}
