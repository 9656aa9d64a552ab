// Package ctxerr says why a context has ended.
package ctxerr

import (
	"context"
	"errors"
	"fmt"
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
