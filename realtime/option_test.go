package realtime

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSessionsShareDefaults holds that sessions without options of their own have
// the same ones, and that they are the documented ones.
func TestSessionsShareDefaults(t *testing.T) {
	t.Parallel()
	a, err := resolved(nil)
	require.NoError(t, err)
	b, err := resolved(&Options{})
	require.NoError(t, err)
	assert.Equal(t, a, b)
	assert.NotSame(t, a, b)
	again, err := resolved(nil)
	require.NoError(t, err)
	assert.Same(t, a, again)
	assert.Same(t, a, newSession(a, slog.New(slog.DiscardHandler)).o)
}
