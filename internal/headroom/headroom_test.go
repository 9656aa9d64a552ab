package headroom_test

import (
	"context"
	"math"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/headroom"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// goal returns the size of the heap in bytes at which the collector runs next.
func goal() uint64 {
	runtime.GC()
	s := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// TestOwnersGetRoom: whoever owns sound that was received makes the collector run after
// 16 MB of it and not after 4; whoever borrows it does not.
func TestOwnersGetRoom(t *testing.T) {
	srv := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "Hello.", Audio: realtimetest.Tone(time.Second)}}}},
	}})
	defer srv.Close()
	c, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "k"})
	require.NoError(t, err)
	for _, tc := range []struct {
		name    string
		receive func(*testing.T, *realtime.Client)
		room    bool
	}{
		{"borrowed", borrowed, false},
		{"owned", owned, true},
		{"raw", raw, true},
		{"translation", translation, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			headroom.Release()
			before := goal()
			tc.receive(t, c)
			if !tc.room {
				assert.Less(t, goal(), before+8<<20)
				return
			}
			assert.GreaterOrEqual(t, goal(), uint64(32<<20))
		})
	}
}

func borrowed(t *testing.T, c *realtime.Client) {
	t.Helper()
	s := session(t, c)
	ctx, done := context.WithCancel(t.Context())
	mux, heard := realtime.NewMux(), 0
	realtime.On(mux, func(ctx context.Context, s *realtime.Session, _ *api.SessionCreated) error {
		return s.Send(ctx, &api.ResponseCreate{})
	})
	realtime.OnAudio(mux, func(context.Context, *realtime.Session, *api.ResponseOutputAudioDelta) error {
		heard++
		return nil
	})
	realtime.On(mux, func(context.Context, *realtime.Session, *api.ResponseDone) error {
		done()
		return nil
	})
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		_ = mux.Run(ctx, s)
	}()
	<-ctx.Done()
	<-ran
	assert.NotZero(t, heard)
}

func owned(t *testing.T, c *realtime.Client) {
	t.Helper()
	s := session(t, c)
	require.NoError(t, s.Send(t.Context(), &api.ResponseCreate{}))
	for e, err := range s.Events(t.Context()) {
		require.NoError(t, err)
		if _, ok := e.(*api.ResponseDone); ok {
			return
		}
	}
}

func raw(t *testing.T, c *realtime.Client) {
	t.Helper()
	s, err := c.ConnectRaw(t.Context(), realtime.Model("gpt-realtime"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	_, err = s.Recv(t.Context())
	require.NoError(t, err)
}

func translation(t *testing.T, c *realtime.Client) {
	t.Helper()
	s, err := c.ConnectTranslation(t.Context(), "gpt-realtime-translate", nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	_, err = s.Recv(t.Context())
	require.NoError(t, err)
}

func session(t *testing.T, c *realtime.Client) *realtime.Session {
	t.Helper()
	s, err := c.Connect(t.Context(), realtime.Model("gpt-realtime"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestNoRoomWhereMemoryIsScarce(t *testing.T) {
	assert.True(t, headroom.Worth("amd64", math.MaxInt64), "no limit")
	assert.True(t, headroom.Worth("arm", 512<<20))
	assert.False(t, headroom.Worth("arm64", 512<<20-1))
	assert.False(t, headroom.Worth("wasm", math.MaxInt64), "memory is never given back there")
}
