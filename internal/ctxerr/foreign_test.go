package ctxerr

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestForeign(t *testing.T) {
	t.Parallel()
	require.NoError(t, Foreign(nil))
	lost := errors.New("lost")
	assert.Same(t, lost, Foreign(lost), "nothing is hidden of an error without a context's")
	late := &net.DNSError{Err: "slow", Name: "api", UnwrapErr: context.DeadlineExceeded}
	for name, err := range map[string]error{
		"itself":    context.Canceled,
		"wrapped":   fmt.Errorf("dial: %w", context.DeadlineExceeded),
		"joined":    errors.Join(lost, context.Canceled),
		"in a type": &fs.PathError{Op: "open", Path: "token", Err: late},
		"as cause":  fmt.Errorf("%w: %w", context.Canceled, lost),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := fmt.Errorf("around: %w", Foreign(err))
			require.NotErrorIs(t, got, context.Canceled)
			require.NotErrorIs(t, got, context.DeadlineExceeded)
			assert.EqualError(t, got, "around: "+err.Error())
			assert.Equal(t, errors.Is(err, lost), errors.Is(got, lost))
			want, is := errors.AsType[*fs.PathError](err)
			have, was := errors.AsType[*fs.PathError](got)
			assert.Equal(t, is, was)
			assert.Same(t, want, have)
		})
	}
}
