// Package ctxerr returns why a context ended ([Of]), and waits within one
// ([Sleep]).
package ctxerr

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Of returns nil while ctx lives, and then an error that is both the context's
// own (context.Canceled or context.DeadlineExceeded) and the cause that it was
// cancelled with: a caller may ask for either.
func Of(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// Sleep returns nil after d, or what [Of] returns once ctx has ended.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return Of(ctx)
	}
}
