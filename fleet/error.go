package fleet

import "errors"

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
	// ErrWorking is returned by Work while another Work of the same Fleet runs.
	ErrWorking = errors.New("fleet: the fleet works already")
)

// errURL is returned for a Config.URL that cannot be parsed.
var errURL = errors.New("the URL is malformed: special characters of a user or password must be escaped")

// errNoSpace is returned for a write that the servers have no space for.
var errNoSpace = errors.New("fleet: the servers have no space left")
