package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/cputime"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

// counter is a line whose caller is silent, and which counts what it plays.
type counter struct {
	format audio.Format
	played *atomic.Int64
}

func (l *counter) Formats() (in, out audio.Format) { return l.format, l.format }

func (l *counter) Receive(ctx context.Context) (voice.Input, error) {
	<-ctx.Done()
	return voice.Input{}, ctx.Err()
}

func (l *counter) Play(_ context.Context, sound []byte) error {
	l.played.Add(int64(len(sound)))
	return nil
}

func (l *counter) Clear(context.Context) error { return nil }

// crowd are sessions that are in the middle of an answer.
type crowd struct {
	conns  []net.Conn
	played atomic.Int64
	owed   int64
}

// opening is what a server sends before its first delta.
const opening = `{"type":"response.created","event_id":"e","response":{"id":"r","conversation_id":"c","status":"in_progress","output":[]}}`

// gather opens n sessions, each over a line of its own, on which run carries the sound.
func gather(b *testing.B, n int, run func(s *realtime.Session, l voice.Line)) *crowd {
	b.Helper()
	c := &crowd{}
	conns := make(chan net.Conn, 1)
	network := peer.Serve(b, func(p *peer.Peer) {
		p.Created()
		for m := p.Read(); m["type"] != "session.update"; m = p.Read() {
		}
		p.Send(`{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"sess_1","model":"m"}}`)
		p.Send(opening)
		conns <- p.WS.NetConn()
		p.Drain()
	})
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
	})
	if err != nil {
		b.Fatal(err)
	}
	for range n {
		s, err := client.Connect(b.Context(), realtime.Model("m"), &realtime.Options{PingInterval: -1})
		if err != nil {
			b.Fatal(err)
		}
		run(s, &counter{audio.PCM24k, &c.played})
		c.conns = append(c.conns, <-conns)
	}
	return c
}

// stream sends each session an event of 100 ms every 100 ms, and waits until all is played.
func (c *crowd) stream(b *testing.B, event []byte, ticks int) {
	b.Helper()
	pace := time.NewTicker(delta)
	defer pace.Stop()
	for range ticks {
		<-pace.C
		for _, conn := range c.conns {
			if _, err := conn.Write(event); err != nil {
				b.Fatal(err)
			}
			c.owed += int64(audio.PCM24k.Bytes(delta))
		}
	}
	for c.played.Load() < c.owed {
		<-pace.C
	}
}

// BenchmarkLayer compares the processor time of 1,000 paced sessions with an agent, a tool
// and a guard on each with that of 1,000 with a bridge alone, in turns of two seconds. It
// reports the median ratio of neighboring turns. Both include the harness's writes.
func BenchmarkLayer(b *testing.B) {
	const sessions, ticks, rounds = 1000, 20, 8
	event, err := json.Marshal(&api.ResponseOutputAudioDelta{
		EventID: "e", ResponseID: "r", ItemID: "i", Delta: bytes.Repeat([]byte{1}, audio.PCM24k.Bytes(delta)),
	})
	if err != nil {
		b.Fatal(err)
	}
	event = append([]byte{0x81, 126, byte(len(event) >> 8), byte(len(event))}, event...)
	bare := gather(b, sessions, func(s *realtime.Session, l voice.Line) { runBridge(b, s, l) })
	layer := gather(b, sessions, func(s *realtime.Session, l voice.Line) { runAgent(b, s, l) })
	var ratios []float64
	for b.Loop() {
		for range rounds {
			turns := []*crowd{bare, layer}
			took := map[*crowd]time.Duration{}
			for _, i := range rand.Perm(2) {
				took[turns[i]] = cputime.Of(func() { turns[i].stream(b, event, ticks) })
			}
			ratios = append(ratios, float64(took[layer])/float64(took[bare]))
		}
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "layer/bridge")
	b.ReportMetric(ratios[0], "least")
	b.ReportMetric(ratios[len(ratios)-1], "most")
}

func runBridge(b *testing.B, s *realtime.Session, l voice.Line) {
	b.Helper()
	bridge, err := voice.NewBridge(s, l, &voice.BridgeOptions{Ahead: time.Duration(1) << 60})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ran := make(chan error, 1)
	go func() { ran <- bridge.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		<-ran
		_ = s.Close()
	})
}

func runAgent(b *testing.B, s *realtime.Session, l voice.Line) {
	b.Helper()
	a := &agent.Agent{
		Tools:  []agent.Tool{agent.Func("f", "", func(context.Context, struct{}) (string, error) { return "", nil })},
		Guards: []agent.Guard{{Check: func(context.Context, string) error { return nil }}},
	}
	conv, err := agent.Start(b.Context(), s, a, &agent.Options{Line: l, Bridge: &voice.BridgeOptions{Ahead: time.Duration(1) << 60}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conv.Close() })
}
