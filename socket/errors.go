package socket

import (
	"errors"
	"fmt"

	"github.com/voicelane/realtime-go/internal/text"
)

// States of a session in which a call fails.
var (
	// ErrClosed is returned after this side has closed the session.
	ErrClosed = errors.New("realtime: the session is closed")
	// ErrAborted is what Abort ends a session with when it is given no cause.
	ErrAborted = errors.New("realtime: the session was aborted")
	// ErrPeerSilent ends a session whose peer sent nothing for the PingInterval of
	// realtime.Options, and no answer to a ping within PingTimeout after it.
	ErrPeerSilent = errors.New("realtime: the peer has gone silent")
	// ErrTooLarge ends a session whose peer sent a message larger than the ReadLimit of
	// realtime.Options.
	ErrTooLarge = errors.New("realtime: a message exceeds the read limit")
	// ErrSendQueueFull is returned by Send with [SendFail] while the send queue has
	// no room. The event was not sent.
	ErrSendQueueFull = errors.New("realtime: the send queue is full")
	// ErrReceiveQueueFull is returned when the receive queue has no room. With
	// [OverflowFail] it ends the session. With [OverflowBlock] it fails pending
	// requests, whose answers cannot be read meanwhile (see realtime.Options.ReceiveStall);
	// the session resumes once events are received or Discard is called.
	ErrReceiveQueueFull = errors.New("realtime: the receive queue is full")
	// ErrDiscarded is returned by a receiving call after Discard.
	ErrDiscarded = errors.New("realtime: the session's events are discarded")
	// ErrTaken is returned by a pending request whose event TakeUnsent took out of the
	// send queue.
	ErrTaken = errors.New("realtime: the event was taken out of the send queue")
)

// closeAbnormal is the code of an end without a close frame.
const closeAbnormal = 1006

// CloseError is the close of a connection, by the peer or by this side.
type CloseError struct {
	// Code is the status of the close frame; 1005 stands for none given, and 1006
	// for an end without a close frame. Only a session's CloseStatus has the latter:
	// as an error, such an end is its cause, for example a [*TransportError].
	Code   int
	Reason string
	// Local reports whether this side closed first, or aborted.
	Local bool
}

func (e *CloseError) Error() string {
	if e.Code == closeAbnormal && !e.Local {
		return text.Prefix + "ended without a close frame: " + text.Printable(e.Reason)
	}
	if e.Code == closeAbnormal {
		return text.Prefix + "aborted by this side: " + text.Printable(e.Reason)
	}
	who := "the server"
	if e.Local {
		who = "this side"
	}
	if e.Reason == "" {
		return fmt.Sprintf(text.Prefix+"closed by %s: %d", who, e.Code)
	}
	return fmt.Sprintf(text.Prefix+"closed by %s: %d %s", who, e.Code, text.Printable(e.Reason))
}

// TransportError is a failure of the connection itself. It unwraps to its
// cause, such as a [net.Error], [ErrPeerSilent] or [ErrTooLarge].
type TransportError struct {
	// Op is what failed: "dial", "read", "write", "keepalive", "restore" or
	// "request".
	Op  string
	Err error
}

func (e *TransportError) Error() string { return text.Prefix + e.Op + ": " + text.Unprefixed(e.Err) }

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

// UnsentError is returned when a session ended before it had written everything
// that it had accepted. It names the events and holds nothing of what they say;
// TakeUnsent of the session returns the unsent ones whole.
type UnsentError struct {
	// Unsent lists the events of which nothing was written, in the order of acceptance.
	Unsent []Outgoing
	// Uncertain lists the events whose write had begun: they may or may not have
	// arrived, and are not repeated, since the session has ended.
	Uncertain []Outgoing
}

func (e *UnsentError) Error() string {
	bytes := 0
	for _, o := range e.Unsent {
		bytes += o.Bytes
	}
	return fmt.Sprintf(text.Prefix+"the session ended with %d events (%d bytes) unsent and %d uncertain", len(e.Unsent), bytes, len(e.Uncertain))
}
