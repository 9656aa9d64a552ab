package ctxerr

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOf(t *testing.T) {
	t.Parallel()
	require.NoError(t, Of(t.Context()))
	reason := errors.New("the user has left")
	for name, tc := range map[string]struct {
		cause error
		text  string
	}{
		"cancelled":         {nil, "context canceled"},
		"with a cause":      {reason, "context canceled: the user has left"},
		"cause is Canceled": {fmt.Errorf("no more: %w", context.Canceled), "no more: context canceled"},
		"deadline above":    {context.DeadlineExceeded, "context canceled: context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(tc.cause)
			err := Of(ctx)
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, err, context.Cause(ctx))
			assert.EqualError(t, err, tc.text)
		})
	}
	late, cancel := context.WithTimeoutCause(t.Context(), 0, reason)
	t.Cleanup(cancel)
	require.ErrorIs(t, Of(late), context.DeadlineExceeded)
	require.ErrorIs(t, Of(late), reason)
}
