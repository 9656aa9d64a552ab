package fleet_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestAFullStreamIsNoStoredCall: a webhook is answered 200 only for a call that is stored.
func TestAFullStreamIsNoStoredCall(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	f := open(t, &fleet.Config{Conn: nc, MaxBytes: 64 << 10})
	confirmed := 0
	for {
		in := &api.RealtimeCallIncoming{}
		in.Data.CallID = fmt.Sprintf("rtc_%d", confirmed)
		if f.Offer(in) != nil {
			break
		}
		confirmed++
		require.Less(t, confirmed, 64<<10)
	}
	s, err := jets(t, nc).Stream(t.Context(), "voice_JOBS_0")
	require.NoError(t, err)
	assert.EqualValues(t, s.CachedInfo().State.Msgs, confirmed)
	again := &api.RealtimeCallIncoming{}
	again.Data.CallID = "rtc_0"
	require.NoError(t, f.Offer(again), "it is stored")
	again.Data.CallID = strings.Repeat("x", 5000)
	require.ErrorIs(t, f.Offer(again), fleet.ErrTooLarge)
	require.True(t, nc.IsConnected(), "the server closes the connection of a line that is too long")
}

// TestTheBucketIsFull: at MaxBytes nothing is saved, and calls end.
func TestTheBucketIsFull(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	f := open(t, &fleet.Config{Conn: nc, MaxBytes: 256 << 10})
	srv, c := service(t, nil)
	r := newRuns()
	w := work(t, f, c, &fleet.Worker{Plan: r.plan("one")})
	call := ring(t, srv, hook(t, f).URL)
	x := next(t, r.calls)
	kv, err := jets(t, nc).KeyValue(t.Context(), "voice_CALLS")
	require.NoError(t, err)
	n := 0
	for size := 64 << 10; size > 0; size /= 2 {
		for err = nil; err == nil; n++ {
			_, err = kv.Put(t.Context(), fmt.Sprintf("fill%d", n), make([]byte, size))
		}
	}
	require.Error(t, x.job.Save(t.Context(), make([]byte, 1000)), "it does not wait for ever")
	x.end <- calls.ErrHangUp
	require.NoError(t, next(t, w.ended).err)
	end, err := call.Ended(t.Context())
	require.NoError(t, err)
	assert.Equal(t, realtimetest.EndHangup, end.By)
}

// TestAFullEntryLeavesRoomForTheFleet: what a program stores must not keep a call from being
// taken over and ended.
func TestAFullEntryLeavesRoomForTheFleet(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	f := open(t, &fleet.Config{Conn: nc})
	srv, c := service(t, nil)
	r := newRuns()
	w := work(t, f, c, &fleet.Worker{ID: "a", Plan: r.plan("one")})
	call := ring(t, srv, hook(t, f).URL)
	fill(t, next(t, r.calls).job)
	w.stop()
	w.wait(t)
	w = work(t, open(t, &fleet.Config{Conn: nc}), c, &fleet.Worker{ID: "a-worker-with-a-longer-name", Plan: r.plan("two")})
	next(t, r.calls).end <- calls.TransferTo("tel:+15550199")
	require.NoError(t, next(t, w.ended).err)
	end, err := call.Ended(t.Context())
	require.NoError(t, err)
	assert.Equal(t, realtimetest.EndReferred, end.By)
	empty(t, nc)
}

// fill fills the entry of a call, to the last bytes.
func fill(t *testing.T, j *fleet.Job) {
	t.Helper()
	for size, i := 30<<10, 0; size > 0; i++ {
		_, err := j.Once(t.Context(), strconv.Itoa(i), func(context.Context) ([]byte, error) { return make([]byte, size), nil })
		if err != nil {
			require.ErrorIs(t, err, fleet.ErrTooLarge)
			size /= 2
		}
	}
	for n := 0; j.Save(t.Context(), make([]byte, n)) == nil; n++ {
		require.Less(t, n, 64<<10)
	}
}

func jets(t *testing.T, nc *nats.Conn) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return js
}
