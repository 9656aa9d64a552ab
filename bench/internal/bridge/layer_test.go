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
var opening = []string{
	`{"type":"response.created","event_id":"e","response":{"id":"r","conversation_id":"c","status":"in_progress","output":[]}}`,
	`{"type":"response.output_item.added","event_id":"e","response_id":"r","output_index":0,"item":{"id":"i","type":"message","role":"assistant","status":"in_progress","content":[]}}`,
}

// gather opens n sessions for each way to run them, each over a line of its own. It opens
// them by turns: sessions that were opened in a row lie closer together in memory, which
// makes them cheaper by about 4 %.
func gather(b *testing.B, n int, ways ...func(s *realtime.Session, l voice.Line)) []*crowd {
	b.Helper()
	conns := make(chan net.Conn, 1)
	network := peer.Serve(b, func(p *peer.Peer) {
		p.Created()
		for m := p.Read(); m["type"] != "session.update"; m = p.Read() {
		}
		p.Send(`{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"sess_1","model":"m"}}`)
		for _, event := range opening {
			p.Send(event)
		}
		conns <- p.WS.NetConn()
		p.Drain()
	})
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
	})
	if err != nil {
		b.Fatal(err)
	}
	crowds := make([]*crowd, len(ways))
	for i := range n * len(ways) {
		s, err := client.Connect(b.Context(), realtime.Model("m"), &realtime.Options{PingInterval: -1})
		if err != nil {
			b.Fatal(err)
		}
		way := i % len(ways)
		if crowds[way] == nil {
			crowds[way] = &crowd{}
		}
		c := crowds[way]
		ways[way](s, &counter{audio.PCM24k, &c.played})
		c.conns = append(c.conns, <-conns)
	}
	return crowds
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
// reports the median ratio of neighboring turns, whose goal is 1.10 at most. Both include
// the harness's writes.
func BenchmarkLayer(b *testing.B) {
	const sessions, ticks, rounds = 1000, 20, 8
	event, err := json.Marshal(&api.ResponseOutputAudioDelta{
		EventID: "e", ResponseID: "r", ItemID: "i", Delta: bytes.Repeat([]byte{1}, audio.PCM24k.Bytes(delta)),
	})
	if err != nil {
		b.Fatal(err)
	}
	event = append([]byte{0x81, 126, byte(len(event) >> 8), byte(len(event))}, event...)
	turns := gather(b, sessions,
		func(s *realtime.Session, l voice.Line) { runBridge(b, s, l) },
		func(s *realtime.Session, l voice.Line) { runAgent(b, s, l) })
	bare, layer := turns[0], turns[1]
	var ratios []float64
	for b.Loop() {
		for range rounds {
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
		<-ran //nolint:errcheck // It was cancelled.
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
