package voice

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
)

// sink is a connection whose writes, once it is shut, are counted and go nowhere.
type sink struct {
	net.Conn

	shut  atomic.Bool
	wrote chan struct{}
}

func (c *sink) Write(p []byte) (int, error) {
	if !c.shut.Load() {
		return c.Conn.Write(p)
	}
	c.wrote <- struct{}{}
	return len(p), nil
}

// SetWriteDeadline of a pipe takes memory, unlike that of a socket.
func (c *sink) SetWriteDeadline(time.Time) error { return nil }

// loopLine is a line without time: each frame of the caller and each mark is received
// when it is put into a channel, and sound is heard as it is played.
type loopLine struct {
	format audio.Format
	inputs chan Input
	played chan int
	total  atomic.Int64
}

func newLoopLine(f audio.Format) *loopLine {
	return &loopLine{format: f, inputs: make(chan Input, 16), played: make(chan int, 16)}
}

func (l *loopLine) Formats() (in, out audio.Format) { return l.format, l.format }

func (l *loopLine) Receive(ctx context.Context) (Input, error) {
	select {
	case in := <-l.inputs:
		return in, nil
	case <-ctx.Done():
		return Input{}, ctx.Err()
	}
}

func (l *loopLine) Play(_ context.Context, sound []byte) error {
	l.total.Add(int64(len(sound)))
	l.played <- len(sound)
	return nil
}

func (l *loopLine) Clear(context.Context) error { return nil }

// loopMarker is a loopLine that returns marks at once, loopDevice one that counts, and
// loopBuffer one that tells its room.
type (
	loopMarker struct{ *loopLine }
	loopDevice struct{ *loopLine }
	loopBuffer struct{ *loopLine }
)

func (l loopMarker) Mark(_ context.Context, m Mark) error {
	l.inputs <- Input{Mark: m}
	return nil
}

func (l loopDevice) Played() int { return int(l.total.Load()) }

func (loopBuffer) Room() int { return 1 << 20 }

// loop runs a bridge over a line and returns the server's side of the connection, and the
// client's, which is shut.
func loop(tb testing.TB, l Line) (server net.Conn, client *sink) {
	tb.Helper()
	conns := make(chan net.Conn, 1)
	network := peer.Serve(tb, func(p *peer.Peer) {
		p.Created()
		conns <- p.WS.NetConn()
		p.Drain()
	})
	network.Wrap = func(c net.Conn) net.Conn {
		client = &sink{Conn: c, wrote: make(chan struct{}, 1)}
		return client
	}
	c, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(tb, err)
	s, err := c.Connect(tb.Context(), realtime.Model("m"), &realtime.Options{PingInterval: -1})
	require.NoError(tb, err)
	formats := SessionFormats(l)
	b, err := NewBridge(s, l, &BridgeOptions{Formats: &formats, Ahead: 1e18})
	require.NoError(tb, err)
	ctx, cancel := context.WithCancel(tb.Context())
	ran := make(chan error, 1)
	go func() { ran <- b.Run(ctx) }()
	tb.Cleanup(func() {
		client.shut.Store(false)
		cancel()
		assert.ErrorIs(tb, <-ran, context.Canceled)
		_ = s.Close()
	})
	client.shut.Store(true)
	return <-conns, client
}

// frame returns an event as a WebSocket frame of a server.
func frame(tb testing.TB, e api.ServerEvent) []byte {
	tb.Helper()
	data, err := json.Marshal(e)
	require.NoError(tb, err)
	require.Less(tb, len(data), 1<<16)
	return append([]byte{0x81, 126, byte(len(data) >> 8), byte(len(data))}, data...)
}

// TestAllocationsOfTheBridge is not parallel: it counts from the line to the connection,
// and from the connection to the line, for lines with each kind of evidence.
func TestAllocationsOfTheBridge(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, f := range []audio.Format{audio.ULaw, audio.PCM24k, audio.PCM16k} {
		base := newLoopLine(f)
		for name, l := range map[string]Line{
			"marks": loopMarker{base}, "device": loopDevice{base}, "clock": base, "room": loopBuffer{base},
		} {
			t.Run(f.String()+" "+name, func(t *testing.T) {
				server, client := loop(t, l)
				spoken := make([]byte, f.Bytes(frameTime))
				assert.Zero(t, testing.AllocsPerRun(500, func() {
					base.inputs <- Input{Audio: spoken}
					<-client.wrote
				}), "from the line")
				session := SessionFormats(l).Out
				sound := bytes.Repeat([]byte{1}, session.Bytes(frameMost))
				delta := frame(t, &api.ResponseOutputAudioDelta{EventID: "e", ResponseID: "r", ItemID: "i", Delta: sound})
				got, want, slack := 0, 0, f.Bytes(frameTime) // A converter may hold back some.
				assert.LessOrEqual(t, testing.AllocsPerRun(500, func() {
					_, _ = server.Write(delta)
					for want += f.Bytes(frameMost); got < want-slack; {
						got += <-base.played
					}
				}), 1.0, "to the line: what the WebSocket library takes for a message")
			})
		}
	}
}
