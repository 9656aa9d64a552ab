package fleet

import (
	"errors"
	"fmt"
)

// Errors of a fleet.
var (
	// ErrNotOwner is returned for a call that another worker has by now. It is also the
	// cause of the end of the context of Run.
	ErrNotOwner = errors.New("fleet: another worker has the call")
	// ErrStranded is returned for a call that this worker let go because NATS was out of
	// reach for too long. It is also the cause of the end of the context of Run.
	ErrStranded = errors.New("fleet: the call was let go because NATS was out of reach")
	// ErrUnknownOutcome is returned by Job.Once for a func that was begun and has not
	// finished: it may have had its effect.
	ErrUnknownOutcome = errors.New("fleet: the func was begun and has not finished")
	// ErrFull is returned when all places of the worker are taken, or it drains, or does not
	// work.
	ErrFull = errors.New("fleet: no free place")
	// ErrTooLarge is returned for a state or an output that is too large to be stored.
	ErrTooLarge = errors.New("fleet: too large to be stored")
	// ErrCallID is returned for an id of a call that cannot be part of a URL, so that the call
	// could not be accepted or hung up.
	ErrCallID = errors.New("fleet: the id of the call cannot be part of a URL")
	// ErrNotEnded is the result of a call that no worker could hang up or decline. The fleet
	// has dropped it; at the service it may go on.
	ErrNotEnded = errors.New("fleet: the call could not be ended, and is dropped")
	// ErrWorking is returned by Work while another Work of the same Fleet runs.
	ErrWorking = errors.New("fleet: the fleet works already")
)

// errNoSpace is returned for a write that the servers have no space for.
var errNoSpace = errors.New("fleet: the servers have no space left")

// StateError is the error of a call whose stored state this version of the package cannot
// read: it was written by a newer version, or is damaged. The state is left as it is, and the
// call to a worker that can read it; see Worker.Ended for one that none can.
type StateError struct {
	// Key is the key of the state in the bucket of calls.
	Key string
	// Format is the format of a newer version, or at most 1 if the state is damaged.
	Format int
}

// Error names the key and the format.
func (e *StateError) Error() string {
	if e.Format > entryFormat {
		return fmt.Sprintf("fleet: the state of the call (key %s) has format %d of a newer version, this one knows %d", e.Key, e.Format, entryFormat)
	}
	return fmt.Sprintf("fleet: the state of the call (key %s) is damaged", e.Key)
}
