package realtime

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/cputime"
)

// sink is a connection whose writes are counted, and once it is shut go
// nowhere.
type sink struct {
	net.Conn
	writes atomic.Int64
	shut   atomic.Bool
	wrote  chan struct{} // has a token for each write while it is shut
}

func (c *sink) Write(p []byte) (int, error) {
	c.writes.Add(1)
	if !c.shut.Load() {
		return c.Conn.Write(p)
	}
	c.wrote <- struct{}{}
	return len(p), nil
}

// sinkSession is a session over a sink that is shut.
func sinkSession(tb testing.TB, o *Options) (*Session, *sink) {
	tb.Helper()
	c, n := scriptNet(tb, func(p *peer) { p.Created(); p.Drain() })
	var k *sink
	n.Wrap = func(c net.Conn) net.Conn {
		k = &sink{Conn: c, wrote: make(chan struct{}, 1)}
		return k
	}
	s, err := c.Connect(tb.Context(), Model("m"), o)
	require.NoError(tb, err)
	tb.Cleanup(func() { k.shut.Store(false); _ = s.Close() })
	k.shut.Store(true)
	return s, k
}

// SetWriteDeadline of a pipe costs more than that of a socket.
func (c *sink) SetWriteDeadline(time.Time) error { return nil }

// TestSendIsOneWrite counts what reaches the connection, below TLS, from the
// first message on.
func TestSendIsOneWrite(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := live(t, secure, nil, nil)
			var k *sink
			cfg := &Config{APIKey: "sk-test", BaseURL: srv.URL, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, addr)
				k = &sink{Conn: conn}
				return k, err
			}}
			if secure {
				cfg.TLS = &tls.Config{RootCAs: roots(srv)}
			}
			c, err := NewClient(cfg)
			require.NoError(t, err)
			s := connect(t, c, nil)
			for _, size := range []int{1, 160, 960, 4800, 9600, 10 << 10} {
				before := k.writes.Load()
				require.NoError(t, s.AppendAudio(t.Context(), make([]byte, size)))
				require.NoError(t, s.Flush(t.Context()))
				assert.Equal(t, before+1, k.writes.Load(), "%d bytes", size)
			}
		})
	}
}

// TestAllocationsOfSend is not parallel: it counts from the call to the write.
func TestAllocationsOfSend(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s, k := sinkSession(t, nil)
	ctx := t.Context()
	pcm := make([]byte, 4800)
	assert.LessOrEqual(t, testing.AllocsPerRun(1000, func() {
		_ = s.AppendAudio(ctx, pcm)
		<-k.wrote
	}), 1.0, "the event")
	e := &api.InputAudioBufferAppend{Audio: pcm}
	assert.Zero(t, testing.AllocsPerRun(1000, func() {
		_ = s.Send(ctx, e)
		<-k.wrote
	}))
}

// TestSendSpeed guards against a fall in speed from the call to the write, by
// the ratio to a client that encodes in two passes.
func TestSendSpeed(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("times mean nothing here")
	}
	s, k := sinkSession(t, nil)
	ws, slow := sinkGorilla(t)
	ctx := t.Context()
	pcm := make([]byte, 4800)
	ratio := 1 / cputime.Ratio(func() {
		_ = s.AppendAudio(ctx, pcm)
		<-k.wrote
	}, func() {
		data, err := json.Marshal(&twoPassAppend{Audio: base64.StdEncoding.EncodeToString(pcm)})
		require.NoError(t, err)
		_ = ws.WriteMessage(websocket.TextMessage, data)
		for len(slow.wrote) > 0 {
			<-slow.wrote
		}
	}, 1.0/sendSpeed)
	t.Logf("append of 4,800 bytes: %.1f times as fast as two passes of encoding/json", ratio)
	assert.GreaterOrEqual(t, ratio, float64(sendSpeed))
}

func BenchmarkSendAudio(b *testing.B) {
	s, k := sinkSession(b, nil)
	pcm := make([]byte, 4800)
	b.ReportAllocs()
	for b.Loop() {
		_ = s.AppendAudio(b.Context(), pcm)
		<-k.wrote
	}
}

// twoPassAppend is the event of a client that encodes in two passes.
type twoPassAppend struct {
	EventID string
	Audio   string
}

func (a *twoPassAppend) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		EventID string `json:"event_id,omitempty"`
		Audio   string `json:"audio"`
		Type    string `json:"type"`
	}{a.EventID, a.Audio, "input_audio_buffer.append"})
}

// sinkGorilla is a connection over a sink that is shut, with the buffers that
// gorilla has by default.
func sinkGorilla(tb testing.TB) (*websocket.Conn, *sink) {
	tb.Helper()
	_, n := scriptNet(tb, func(p *peer) { p.Drain() })
	var k *sink
	d := websocket.Dialer{NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := n.DialContext(ctx, network, addr)
		k = &sink{Conn: c, wrote: make(chan struct{}, 4)}
		return k, err
	}}
	ws, _, err := d.DialContext(tb.Context(), "ws://127.0.0.1/", nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = ws.Close() })
	k.shut.Store(true)
	return ws, k
}
