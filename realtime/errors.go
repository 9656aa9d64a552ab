package realtime

import (
	"errors"
	"fmt"
	"time"
)

// States that a session can be in when a call fails. Test them with
// [errors.Is].
var (
	// ErrClosed says that this side has closed the session.
	ErrClosed = errors.New("realtime: the session is closed")
	// ErrPeerSilent says that nothing came for Options.PingInterval, and no
	// answer to a ping within Options.PingTimeout after it.
	ErrPeerSilent = errors.New("realtime: the peer has gone silent")
	// ErrTooLarge says that a message was larger than Options.ReadLimit.
	ErrTooLarge = errors.New("realtime: a message exceeds the read limit")
	// ErrSendQueueFull says that nothing was sent, since the network has not
	// taken what was accepted before.
	ErrSendQueueFull = errors.New("realtime: the send queue is full")
	// ErrReceiveQueueFull says that nobody received. With [OverflowFail] it
	// ends the session; with [OverflowBlock] it ends what waits for an answer
	// that is stuck behind the queue (see Options.ReceiveStall), and the
	// session goes on once somebody receives, or nobody shall: see
	// [Session.Discard].
	ErrReceiveQueueFull = errors.New("realtime: the receive queue is full")
	// ErrDiscarded says that there is nothing to receive after
	// [Session.Discard].
	ErrDiscarded = errors.New("realtime: the session's events are discarded")
	// ErrStreamTooLarge says that a response outgrew Options.StreamBytes while
	// it was gathered. The session goes on.
	ErrStreamTooLarge = errors.New("realtime: the response is larger than its stream may be")
	// ErrNoAnswer says that a request can have no answer of its own.
	ErrNoAnswer = errors.New("realtime: this event has no answer; use Send")
)

var errNilEvent = errors.New("realtime: the event is nil")

// CloseError says how a connection was closed. Local closes are ours.
type CloseError struct {
	// Code is the status of the close frame; 1005 stands for none given, and 1006
	// for an end without a close frame. Only CloseStatus tells of the latter: as an
	// error, that is what broke the connection, such as a [*TransportError].
	Code   int
	Reason string
	// Local is set when this side closed first.
	Local bool
}

func (e *CloseError) Error() string {
	if e.Code == closeAbnormal && !e.Local {
		return "realtime: ended without a close frame: " + e.Reason
	}
	who := "the server"
	if e.Local {
		who = "this side"
	}
	if e.Reason == "" {
		return fmt.Sprintf("realtime: closed by %s: %d", who, e.Code)
	}
	return fmt.Sprintf("realtime: closed by %s: %d %s", who, e.Code, e.Reason)
}

// Close codes that the server gives a meaning of its own.
const (
	// CloseExpired ends a session that has reached its longest age.
	CloseExpired = 1001
	// CloseUnauthorized follows a refused key.
	CloseUnauthorized = 3000
	// CloseBadRequest follows a refused model, parameter or older protocol.
	CloseBadRequest = 4000
)

const (
	closeNormal     = 1000
	closeNoStatus   = 1005
	closeAbnormal   = 1006
	closeTooLarge   = 1009
	closeReasonSize = 123
)

// clean reports a handshake that was completed without a complaint.
func (e *CloseError) clean() bool { return e.Code == closeNormal || e.Code == closeNoStatus }

// HandshakeError is an answer to the handshake other than an open socket.
// Redirects come out as this error: they are never followed.
type HandshakeError struct {
	Status int
	// Body is the first kilobyte of the answer, with every secret of ours
	// that it repeats replaced.
	Body string
	// RequestID is the server's name for the attempt, for its support.
	RequestID string
	// RetryAfter is how long the server asks to wait, or zero.
	RetryAfter time.Duration
}

func (e *HandshakeError) Error() string {
	if e.Body == "" {
		return fmt.Sprintf("realtime: handshake refused: status %d", e.Status)
	}
	return fmt.Sprintf("realtime: handshake refused: status %d: %s", e.Status, e.Body)
}

// Temporary reports a status that another attempt may not meet.
func (e *HandshakeError) Temporary() bool {
	switch e.Status {
	case 408, 429, 500, 502, 503, 504:
		return true
	default:
		return false
	}
}

// IsUnauthorized reports a credential that the server refuses.
func (e *HandshakeError) IsUnauthorized() bool { return e.Status == 401 || e.Status == 403 }

// IsUnauthorized reports whether err says that the server refuses the
// credential, in whichever way it did: as a [*ServerError], a
// [*HandshakeError], an [*APIError], or a [*CloseError] with
// [CloseUnauthorized]. A credential that is missing is [ErrNoCredential].
func IsUnauthorized(err error) bool {
	if e, ok := errors.AsType[interface {
		error
		IsUnauthorized() bool
	}](err); ok && e.IsUnauthorized() {
		return true
	}
	e, ok := errors.AsType[*CloseError](err)
	return ok && !e.Local && e.Code == CloseUnauthorized
}

// TransportError is a failure of the connection itself. It unwraps to its
// cause, such as a [net.Error], [ErrPeerSilent] or [ErrTooLarge].
type TransportError struct {
	// Op is what failed: "dial", "read", "write" or "keepalive".
	Op  string
	Err error
}

func (e *TransportError) Error() string { return "realtime: " + e.Op + ": " + unprefixed(e.Err) }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Timeout reports whether a deadline passed.
func (e *TransportError) Timeout() bool {
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](e.Err)
	return ok && t.Timeout() || errors.Is(e.Err, ErrPeerSilent)
}

// UnsentError says that a session ended before what it had accepted was
// written. Uncertain counts an event whose write had begun: it may or may not
// have arrived, and it is never repeated.
type UnsentError struct {
	Events, Bytes, Uncertain int
}

func (e *UnsentError) Error() string {
	return fmt.Sprintf("realtime: the session ended with %d events (%d bytes) unsent and %d uncertain", e.Events, e.Bytes, e.Uncertain)
}
