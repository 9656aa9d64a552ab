package beside

import (
	"errors"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	vendorsocket "github.com/openai/openai-go/v3/packages/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtime"
)

func TestCloseIsBoundedForAPeerThatNeverAnswers(t *testing.T) {
	t.Parallel()
	const bound = 100 * time.Millisecond
	l := limits{theirs: vendorsocket.Options{CloseTimeout: bound}, ours: realtime.Options{CloseTimeout: bound}}
	both(t, func(p *peer) { <-p.t.Context().Done() }, l, func(t *testing.T, s *side) {
		t.Helper()
		begin := time.Now()
		_ = s.close()
		assert.GreaterOrEqual(t, time.Since(begin), bound/2, "it waits for the answer")
		require.Error(t, s.send(t.Context(), []byte("a")))
	})
}

// Abort ends a wait at once, and ours takes a cause that the wait returns.
func TestAbortEndsAWait(t *testing.T) {
	t.Parallel()
	both(t, func(p *peer) { p.drain() }, limits{}, func(t *testing.T, s *side) {
		t.Helper()
		waits := make(chan error, 1)
		go func() { _, _, err := s.recv(t.Context()); waits <- err }()
		if s.theirs != nil {
			s.theirs.Abort()
			require.ErrorIs(t, <-waits, vendorsocket.ErrClosed)
			return
		}
		cause := errors.New("the caller hung up")
		require.NoError(t, s.ours.Abort(cause))
		require.ErrorIs(t, <-waits, cause)
	})
}

func TestAFailureArrivesBeforeTheTransportIsClosed(t *testing.T) {
	t.Parallel()
	both(t, func(p *peer) {
		_ = p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1011, ""), time.Now().Add(time.Minute))
		<-p.t.Context().Done() // The connection stays open, and nothing is read.
	}, limits{}, func(t *testing.T, s *side) {
		t.Helper()
		require.Error(t, s.end(t))
	})
}
