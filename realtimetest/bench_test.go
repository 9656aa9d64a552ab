package realtimetest_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// BenchmarkSessions runs 300 clients at once. Each sends a second of audio in frames
// of 20 ms and receives a second. With -cpu 1, sessions/core is the number of
// conversations that one core serves in real time, clients included.
func BenchmarkSessions(b *testing.B) {
	const clients = 300
	srv := realtimetest.NewServer(&realtimetest.Config{
		DiscardLog: true,
		Script: realtimetest.Script{Rules: []realtimetest.Rule{
			{Do: []realtimetest.Step{realtimetest.Say{Text: "It is a pleasure.", Audio: realtimetest.Tone(time.Second)}}},
		}},
	})
	defer srv.Close()
	turn := spokenTurn(b)
	b.SetParallelism(clients)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		ws, _, err := websocket.DefaultDialer.Dial(strings.Replace(srv.URL, "http", "ws", 1)+"/realtime?model=m", bearer("key"))
		if err != nil {
			b.Error(err)
			return
		}
		defer ws.Close()
		for pb.Next() {
			for _, frame := range turn {
				if err := ws.WriteMessage(websocket.TextMessage, frame); err != nil {
					b.Error(err)
					return
				}
			}
			for done := false; !done; {
				_, data, err := ws.ReadMessage()
				if err != nil {
					b.Error(err)
					return
				}
				done = bytes.Contains(data[:min(len(data), 200)], []byte(`"rate_limits.updated"`))
			}
		}
	})
	const spoken = 2.0 // Seconds of sound in a turn, both ways.
	b.ReportMetric(spoken*float64(b.N)/b.Elapsed().Seconds(), "sessions/core")
}

// spokenTurn returns the frames of a turn with the silence that ends it.
func spokenTurn(b *testing.B) [][]byte {
	b.Helper()
	const frame = 20 * 48
	sound := append(realtimetest.Tone(450*time.Millisecond), realtimetest.Silence(550*time.Millisecond)...)
	var frames [][]byte
	for ; len(sound) > 0; sound = sound[min(frame, len(sound)):] {
		data, err := (&api.InputAudioBufferAppend{Audio: sound[:min(frame, len(sound))]}).AppendJSON(nil)
		if err != nil {
			b.Fatal(err)
		}
		frames = append(frames, data)
	}
	return frames
}
