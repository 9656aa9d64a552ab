package realtime

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// TestConnectReturnsOnceReady holds that Connect waits for session.created,
// however late it comes.
func TestConnectReturnsOnceReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			time.Sleep(3 * time.Second)
			p.Created()
			p.Drain()
		})
		began := time.Now()
		s, err := c.Connect(t.Context(), Model("m"), nil)
		require.NoError(t, err)
		assert.Equal(t, 3*time.Second, time.Since(began))
		assert.IsType(t, &api.RealtimeSession{}, s.Current())
		require.NoError(t, s.Close())
	})
}
