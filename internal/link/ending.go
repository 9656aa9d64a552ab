package link

import (
	"errors"
	"io"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/text"
	"github.com/voicelane/realtime-go/socket"
)

// Ending is how a connection ended for good. It is made once, when the reader
// stops, and never changed.
type Ending struct {
	// Status is who closed, with which code. It is never nil; its code is 1006
	// after an end without a close frame.
	Status *socket.CloseError
	// Received is what Recv returns after the last event: io.EOF after an end in
	// good order, the cause otherwise.
	Received error
	// Refusal is what Send and pending requests return. It is never io.EOF.
	Refusal error
	// Unsent is what was accepted and not written; nil when everything was written.
	Unsent *socket.UnsentError
}

// newEnding returns the ending of a connection whose reader stopped with err.
// Local is this side's close, or nil. Forgiven is a close code of the peer that is
// in good order although it is not a clean one, or 0.
func newEnding(err error, local *socket.CloseError, forgiven int) *Ending {
	if local != nil {
		return &Ending{Status: local, Received: io.EOF, Refusal: socket.ErrClosed}
	}
	// A deadline of a redial is no deadline of a caller of Recv.
	err = ctxerr.Foreign(err)
	closed, ok := errors.AsType[*socket.CloseError](err)
	if !ok {
		return &Ending{Status: &socket.CloseError{Code: codeAbnormal, Reason: text.Unprefixed(err)}, Received: err, Refusal: err}
	}
	switch closed.Code {
	case CodeNormal, codeNoStatus, forgiven:
		return &Ending{Status: closed, Received: io.EOF, Refusal: closed}
	default:
		return &Ending{Status: closed, Received: err, Refusal: err}
	}
}

// newAborted returns the ending of a connection that Abort has ended.
func newAborted(status *socket.CloseError, cause error) *Ending {
	return &Ending{Status: status, Received: cause, Refusal: cause}
}

// without returns the ending of a connection that could not write some of what it
// had accepted. Close and Abort return that loss themselves; any other end adds it to the
// cause, since a silent end would hide it.
func (e *Ending) without(unsent *socket.UnsentError) *Ending {
	end := *e
	end.Unsent = unsent
	if unsent == nil || e.Status.Local {
		return &end
	}
	cause := e.Received
	if closed := e.Peer(); closed != nil {
		cause = closed
	}
	end.Received = errors.Join(cause, unsent)
	end.Refusal = end.Received
	return &end
}

// Peer returns the close frame of the peer, or nil when there was none.
func (e *Ending) Peer() *socket.CloseError {
	if e.Status.Local || e.Status.Code == codeAbnormal {
		return nil
	}
	return e.Status
}

// unwritten returns the loss as an error, or nil: what Close and Abort return.
func (e *Ending) unwritten() error {
	if e.Unsent == nil {
		return nil
	}
	return e.Unsent
}

// flushed returns what Flush returns after the end: nil when everything was
// written.
func (e *Ending) flushed() error {
	switch {
	case e.Unsent == nil:
		return nil
	case e.Status.Local:
		return errors.Join(e.Refusal, e.Unsent)
	default:
		return e.Received // It holds the loss.
	}
}

// Clean reports whether the end was in good order and lost nothing.
func (e *Ending) Clean() bool { return errors.Is(e.Received, io.EOF) }
