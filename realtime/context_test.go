package realtime

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestContextEndsWithTheSession holds that the context of a session lives as long as it,
// whenever it is asked for, and that no goroutine watches it.
func TestContextEndsWithTheSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := connect(t, script(t, func(p *peer) {
			p.Created()
			p.Drain()
		}), nil)
		ctx := s.Context()
		assert.Same(t, ctx, s.Context())
		require.NoError(t, ctx.Err())
		ended := false
		context.AfterFunc(ctx, func() { ended = true })
		require.NoError(t, s.Close())
		<-ctx.Done()
		synctest.Wait()
		assert.True(t, ended)
		require.ErrorIs(t, ctx.Err(), context.Canceled)
		assert.NotNil(t, s.Logger())
	})
	synctest.Test(t, func(t *testing.T) {
		s := connect(t, script(t, func(p *peer) {
			p.Created()
			p.Drain()
		}), nil)
		require.NoError(t, s.Close())
		<-s.Context().Done()
	})
}
