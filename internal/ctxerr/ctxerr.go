// Package ctxerr makes errors of contexts that have ended.
package ctxerr

import (
	"context"
	"errors"
	"fmt"
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
