package ctxerr

import (
	"context"
	"errors"
)

// Foreign returns err without the errors of contexts in it: errors.Is finds neither
// [context.Canceled] nor [context.DeadlineExceeded] in the result, and all else that it
// finds in err. The text is that of err.
//
// It is for an error that outlives the call which caused it. A later call returns it
// while its own context is alive, and its caller must be able to tell the two apart.
func Foreign(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &foreign{err}
	}
	return err
}

// foreign has no Unwrap: errors.Is would find the context's error behind it.
type foreign struct{ err error }

func (e *foreign) Error() string { return e.err.Error() }

// Is makes errors.Is find what is in the error, but for errors of contexts.
func (e *foreign) Is(target error) bool {
	return target != context.Canceled && target != context.DeadlineExceeded && errors.Is(e.err, target)
}

// As makes errors.As and errors.AsType find what is in the error.
func (e *foreign) As(target any) bool { return errors.As(e.err, target) }
