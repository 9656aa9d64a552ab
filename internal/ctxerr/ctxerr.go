// Package ctxerr makes errors of contexts that have ended.
package ctxerr

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Of returns nil if ctx has not ended. Otherwise it returns an error that wraps both
// ctx.Err() and context.Cause(ctx), so that errors.Is finds either.
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
