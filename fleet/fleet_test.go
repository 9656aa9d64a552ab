package fleet_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestACallFromWebhookToEnd runs in one process what three do elsewhere.
func TestACallFromWebhookToEnd(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	f := open(t, &fleet.Config{Conn: nc})
	srv, client := service(t, nil)
	r := newRuns()
	w := work(t, f, client, &fleet.Worker{ID: "one", Plan: r.plan("one")})
	call := ring(t, srv, hook(t, f).URL)
	x := next(t, r.calls)
	assert.Equal(t, call.ID(), x.job.ID())
	assert.Equal(t, 1, x.job.Epoch())
	x.end <- calls.ErrHangUp
	end, err := call.Ended(t.Context())
	require.NoError(t, err)
	assert.Equal(t, realtimetest.EndHangup, end.By)
	require.NoError(t, next(t, w.ended).err)
	w.stop()
	w.wait(t)
	empty(t, nc)
}
