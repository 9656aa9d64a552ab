package link

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/socket"
)

// expiredCode is one that an owner may forgive.
const expiredCode = 1001

func TestEnding(t *testing.T) {
	t.Parallel()
	broken := &socket.TransportError{Op: "read", Err: io.ErrUnexpectedEOF}
	local := &socket.CloseError{Code: CodeNormal, Local: true}
	clean, expired := &socket.CloseError{Code: CodeNormal}, &socket.CloseError{Code: expiredCode, Reason: "60 minutes"}
	lost := &socket.UnsentError{Unsent: []socket.Outgoing{{Type: "x", Bytes: 1}}}
	for name, tc := range map[string]struct {
		err      error
		local    *socket.CloseError
		forgiven int
		unsent   *socket.UnsentError

		status            *socket.CloseError
		received, refusal []error // all of these are in it, io.EOF is it
		peer              *socket.CloseError
		flushed           []error
	}{
		"broken":            {err: broken, status: &socket.CloseError{Code: codeAbnormal, Reason: "read: unexpected EOF"}, received: []error{broken}, refusal: []error{broken}},
		"broken with loss":  {err: broken, unsent: lost, status: &socket.CloseError{Code: codeAbnormal, Reason: "read: unexpected EOF"}, received: []error{broken, lost}, refusal: []error{broken, lost}, flushed: []error{broken, lost}},
		"local":             {err: broken, local: local, status: local, received: []error{io.EOF}, refusal: []error{socket.ErrClosed}},
		"local with loss":   {err: broken, local: local, unsent: lost, status: local, received: []error{io.EOF}, refusal: []error{socket.ErrClosed}, flushed: []error{socket.ErrClosed, lost}},
		"clean":             {err: clean, status: clean, received: []error{io.EOF}, refusal: []error{clean}, peer: clean},
		"clean with loss":   {err: clean, unsent: lost, status: clean, received: []error{clean, lost}, refusal: []error{clean, lost}, peer: clean, flushed: []error{clean, lost}},
		"expired":           {err: expired, status: expired, received: []error{expired}, refusal: []error{expired}, peer: expired},
		"expired, forgiven": {err: expired, forgiven: expiredCode, status: expired, received: []error{io.EOF}, refusal: []error{expired}, peer: expired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnding(tc.err, tc.local, tc.forgiven).without(tc.unsent)
			assert.Equal(t, tc.status, e.Status)
			holds(t, e.Received, tc.received)
			holds(t, e.Refusal, tc.refusal)
			assert.Equal(t, tc.peer, e.Peer())
			holds(t, e.flushed(), tc.flushed)
			assert.Equal(t, tc.unsent != nil, e.unwritten() != nil)
		})
	}
}

// TestEndingByADeadline holds that only the context of a call is found in what that call
// returns: not that of a redial, and the cause of an Abort as it was given.
func TestEndingByADeadline(t *testing.T) {
	t.Parallel()
	late := &socket.TransportError{Op: "dial", Err: context.DeadlineExceeded}
	lost := &socket.UnsentError{Unsent: []socket.Outgoing{{Type: "x", Bytes: 1}}}
	end := newEnding(late, nil, 0).without(lost)
	for _, err := range []error{end.Received, end.Refusal, end.flushed()} {
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, late)
		require.ErrorIs(t, err, lost)
	}
	assert.Equal(t, "dial: context deadline exceeded", end.Status.Reason)
	aborted := newAborted(&socket.CloseError{Code: codeAbnormal, Local: true}, context.Canceled)
	require.ErrorIs(t, aborted.Received, context.Canceled)
}

// holds checks that err holds every one of want, and io.EOF only where that is
// wanted; nothing wanted is nil.
func holds(t *testing.T, err error, want []error) {
	t.Helper()
	if want == nil {
		assert.NoError(t, err)
		return
	}
	for _, w := range want {
		assert.ErrorIs(t, err, w)
	}
	assert.Equal(t, want[0] == io.EOF, errors.Is(err, io.EOF)) //nolint:errorlint // The sentinel itself is asked for.
}
