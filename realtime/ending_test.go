package realtime

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEnding(t *testing.T) {
	t.Parallel()
	broken := &TransportError{Op: "read", Err: io.ErrUnexpectedEOF}
	local := &CloseError{Code: closeNormal, Local: true}
	clean, expired := &CloseError{Code: closeNormal}, &CloseError{Code: CloseExpired, Reason: "60 minutes"}
	lost := &UnsentError{Events: 1}
	for name, tc := range map[string]struct {
		err      error
		local    *CloseError
		forgiven int
		unsent   *UnsentError

		status            *CloseError
		received, refusal []error // all of these are in it, io.EOF is it
		peer              *CloseError
		flushed           []error
	}{
		"broken":            {err: broken, status: &CloseError{Code: closeAbnormal, Reason: "read: unexpected EOF"}, received: []error{broken}, refusal: []error{broken}},
		"broken with loss":  {err: broken, unsent: lost, status: &CloseError{Code: closeAbnormal, Reason: "read: unexpected EOF"}, received: []error{broken, lost}, refusal: []error{broken, lost}, flushed: []error{broken, lost}},
		"local":             {err: broken, local: local, status: local, received: []error{io.EOF}, refusal: []error{ErrClosed}},
		"local with loss":   {err: broken, local: local, unsent: lost, status: local, received: []error{io.EOF}, refusal: []error{ErrClosed}, flushed: []error{ErrClosed, lost}},
		"clean":             {err: clean, status: clean, received: []error{io.EOF}, refusal: []error{clean}, peer: clean},
		"clean with loss":   {err: clean, unsent: lost, status: clean, received: []error{clean, lost}, refusal: []error{clean, lost}, peer: clean, flushed: []error{clean, lost}},
		"expired":           {err: expired, status: expired, received: []error{expired}, refusal: []error{expired}, peer: expired},
		"expired, forgiven": {err: expired, forgiven: CloseExpired, status: expired, received: []error{io.EOF}, refusal: []error{expired}, peer: expired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnding(tc.err, tc.local, tc.forgiven).without(tc.unsent)
			assert.Equal(t, tc.status, e.status)
			holds(t, e.received, tc.received)
			holds(t, e.refusal, tc.refusal)
			assert.Equal(t, tc.peer, e.peer())
			holds(t, e.flushed(), tc.flushed)
			assert.Equal(t, tc.unsent != nil, e.unwritten() != nil)
		})
	}
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
