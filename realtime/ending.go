package realtime

import (
	"errors"
	"io"
)

// ending is how a session ended. It is made once, when the reader stops, and
// never changed.
type ending struct {
	// status says who closed, with which code. It is never nil; its code is 1006
	// after an end without a close frame.
	status *CloseError
	// received is what Recv returns after the last event: io.EOF after an end in
	// good order, the cause otherwise.
	received error
	// refusal is what Send and pending requests return. It is never io.EOF.
	refusal error
	// unsent is what was accepted and not written; nil when everything was.
	unsent *UnsentError
}

// newEnding returns the ending of a session whose reader stopped with err. Local
// is this side's close, or nil. Forgiven is a close code of the peer that is in
// good order although it is not a clean one, or 0.
func newEnding(err error, local *CloseError, forgiven int) ending {
	if local != nil {
		return ending{status: local, received: io.EOF, refusal: ErrClosed}
	}
	closed, ok := errors.AsType[*CloseError](err)
	if !ok {
		return ending{status: &CloseError{Code: closeAbnormal, Reason: unprefixed(err)}, received: err, refusal: err}
	}
	if closed.clean() || closed.Code == forgiven {
		return ending{status: closed, received: io.EOF, refusal: closed}
	}
	return ending{status: closed, received: err, refusal: err}
}

// without returns the ending of a session that could not write some of what it
// had accepted. A local Close returns that itself; any other end adds it to the
// cause, since a silent end would hide the loss.
func (e ending) without(unsent *UnsentError) ending {
	e.unsent = unsent
	if unsent == nil || e.status.Local {
		return e
	}
	cause := e.received
	if closed := e.peer(); closed != nil {
		cause = closed
	}
	e.received = errors.Join(cause, unsent)
	e.refusal = e.received
	return e
}

// peer returns the close frame of the peer, or nil when there was none.
func (e ending) peer() *CloseError {
	if e.status.Local || e.status.Code == closeAbnormal {
		return nil
	}
	return e.status
}

// unwritten returns the loss as an error, or nil.
func (e ending) unwritten() error {
	if e.unsent == nil {
		return nil
	}
	return e.unsent
}

// flushed returns what Flush returns after the end: nil when everything was
// written.
func (e ending) flushed() error {
	switch {
	case e.unsent == nil:
		return nil
	case e.status.Local:
		return errors.Join(ErrClosed, e.unsent)
	default:
		return e.received // It holds the loss.
	}
}
