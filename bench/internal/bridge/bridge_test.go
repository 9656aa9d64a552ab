package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/cputime"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

const (
	spoken = 20 * time.Millisecond  // a frame of the caller
	delta  = 100 * time.Millisecond // an event of the model
)

// line yields the frames that it is given, returns marks at once, and plays to nowhere.
type line struct {
	format audio.Format
	inputs chan voice.Input
	played chan int
}

func (l *line) Formats() (in, out audio.Format) { return l.format, l.format }

func (l *line) Receive(ctx context.Context) (voice.Input, error) {
	select {
	case in := <-l.inputs:
		return in, nil
	case <-ctx.Done():
		return voice.Input{}, ctx.Err()
	}
}

func (l *line) Play(_ context.Context, sound []byte) error {
	l.played <- len(sound)
	return nil
}

func (l *line) Mark(_ context.Context, m voice.Mark) error {
	l.inputs <- voice.Input{Mark: m}
	return nil
}

func (l *line) Clear(context.Context) error { return nil }

// sink is a connection whose writes, once it is shut, go nowhere.
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

func (c *sink) SetWriteDeadline(time.Time) error { return nil }

// connect bridges a line and a session, whose connection it returns.
func connect(b *testing.B, l voice.Line) (server net.Conn, client *sink) {
	b.Helper()
	conns := make(chan net.Conn, 1)
	network := peer.Serve(b, func(p *peer.Peer) {
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
	if err != nil {
		b.Fatal(err)
	}
	s, err := c.Connect(b.Context(), realtime.Model("m"), &realtime.Options{PingInterval: -1})
	if err != nil {
		b.Fatal(err)
	}
	formats := voice.SessionFormats(l)
	bridge, err := voice.NewBridge(s, l, &voice.BridgeOptions{Formats: &formats, Ahead: time.Duration(1) << 60})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ran := make(chan error, 1)
	go func() { ran <- bridge.Run(ctx) }()
	b.Cleanup(func() {
		client.shut.Store(false)
		cancel()
		<-ran //nolint:errcheck // It was cancelled.
		_ = s.Close()
	})
	client.shut.Store(true)
	return <-conns, client
}

// each reports the processor time of one call of f, that of the harness included.
func each(b *testing.B, f func()) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	took := cputime.Of(func() {
		for range b.N {
			f()
		}
	})
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "cpu-ns/op")
}

var formats = []audio.Format{audio.ULaw, audio.PCM24k, audio.PCM16k}

// BenchmarkFromTheLine takes 20 ms of the caller from the line to the connection.
func BenchmarkFromTheLine(b *testing.B) {
	for _, f := range formats {
		b.Run(f.String(), func(b *testing.B) {
			l := &line{f, make(chan voice.Input, 1), make(chan int, 1)}
			_, client := connect(b, l)
			frame := f.AppendSilence(nil, spoken)
			each(b, func() {
				l.inputs <- voice.Input{Audio: frame}
				<-client.wrote
			})
		})
	}
}

// BenchmarkToTheLine takes an event with 100 ms of speech from the connection to the line.
func BenchmarkToTheLine(b *testing.B) {
	for _, f := range formats {
		b.Run(f.String(), func(b *testing.B) {
			l := &line{f, make(chan voice.Input, 64), make(chan int, 64)}
			server, _ := connect(b, l)
			sound := bytes.Repeat([]byte{1}, voice.SessionFormats(l).Out.Bytes(delta))
			data, err := json.Marshal(&api.ResponseOutputAudioDelta{EventID: "event_1", ResponseID: "resp_1", ItemID: "item_1", Delta: sound})
			if err != nil {
				b.Fatal(err)
			}
			event := append([]byte{0x81, 126, byte(len(data) >> 8), byte(len(data))}, data...)
			got, want, slack := 0, 0, f.Bytes(spoken) // A converter may hold back some.
			each(b, func() {
				if _, err := server.Write(event); err != nil {
					b.Fatal(err)
				}
				for want += f.Bytes(delta); got < want-slack; {
					got += <-l.played
				}
			})
		})
	}
}
