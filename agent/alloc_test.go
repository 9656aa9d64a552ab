//go:build !race

package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

// instant is a line that plays sound at once, and whose caller is silent.
type instant struct {
	played chan int
}

func (l *instant) Formats() (in, out audio.Format) { return audio.PCM24k, audio.PCM24k }

func (l *instant) Receive(ctx context.Context) (voice.Input, error) {
	<-ctx.Done()
	return voice.Input{}, ctx.Err()
}

func (l *instant) Play(_ context.Context, sound []byte) error {
	l.played <- len(sound)
	return nil
}

func (l *instant) Clear(context.Context) error { return nil }

// frame returns an event as a WebSocket frame of a server.
func frame(t *testing.T, e api.ServerEvent) []byte {
	t.Helper()
	data, err := json.Marshal(e)
	require.NoError(t, err)
	return append([]byte{0x81, 126, byte(len(data) >> 8), byte(len(data))}, data...)
}

// TestAllocationsOfAnAudioDelta is not parallel: it counts from the connection to the line,
// in the middle of an answer. One allocation is the WebSocket library's, for a message.
func TestAllocationsOfAnAudioDelta(t *testing.T) {
	conns := make(chan net.Conn, 1)
	network := peer.Serve(t, func(p *peer.Peer) {
		p.Created()
		for m := p.Read(); m["type"] != "session.update"; m = p.Read() {
		}
		p.Send(`{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"sess_1","model":"gpt-realtime"}}`)
		for m := p.Read(); m["type"] != "response.create"; m = p.Read() { // The greeting.
		}
		p.Send(`{"type":"response.created","event_id":"e","response":{"id":"r","conversation_id":"c","status":"in_progress","output":[]}}`)
		p.Send(`{"type":"response.output_item.added","event_id":"e","response_id":"r","output_index":0,"item":{"id":"i","type":"message","role":"assistant","status":"in_progress","content":[]}}`)
		conns <- p.WS.NetConn()
		p.Drain()
	})
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), &realtime.Options{PingInterval: -1})
	require.NoError(t, err)
	line := &instant{played: make(chan int, 64)}
	a := &Agent{Tools: []Tool{Func("f", "", func(context.Context, struct{}) (string, error) { return "", nil })}, Guards: []Guard{{
		Check: func(context.Context, string) error { return nil },
	}}}
	c, err := Start(t.Context(), s, a, &Options{Line: line, Greeting: "Hello.", Bridge: &voice.BridgeOptions{Ahead: 1e18}})
	require.NoError(t, err)
	defer func() { assert.NoError(t, c.Close()) }()

	server := <-conns
	const size = 9600 // 200 ms
	delta := frame(t, &api.ResponseOutputAudioDelta{EventID: "e", ResponseID: "r", ItemID: "i", Delta: bytes.Repeat([]byte{1}, size)})
	got, want := 0, 0
	assert.LessOrEqual(t, testing.AllocsPerRun(500, func() {
		_, err := server.Write(delta)
		if err != nil {
			t.Error(err)
		}
		for want += size; got < want; {
			got += <-line.played
		}
	}), 1.0)
}
