package realtime

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/cputime"
)

// flow is a stream of audio that a server sends when it is asked to: events of so many
// bytes of audio, and the time between two of them.
type flow struct {
	size, events int
	every        time.Duration
}

// model returns the flow as the name of a model.
func (f flow) model() string { return fmt.Sprintf("flow-%d-%d-%d", f.size, f.events, f.every) }

// flowOf returns the flow that a model is named for.
func flowOf(model string) (f flow, ok bool) {
	n, _ := fmt.Sscanf(model, "flow-%d-%d-%d", &f.size, &f.events, &f.every)
	return f, n == 3
}

// serve sends a flow for each message that arrives.
func (f flow) serve(ws *websocket.Conn) {
	frame, err := websocket.NewPreparedMessage(websocket.TextMessage, []byte(audioFrame(make([]byte, f.size))))
	for err == nil {
		if _, _, err = ws.ReadMessage(); err != nil {
			return
		}
		due := time.Now()
		for range f.events {
			if f.every > 0 {
				due = due.Add(f.every)
				time.Sleep(time.Until(due))
			}
			if err = ws.WritePreparedMessage(frame); err != nil {
				return
			}
		}
	}
}

// listener asks for a flow and returns when it has handled its events.
type listener func()

// bareListener reads messages without a look at them, with the buffers of a session.
func bareListener(tb testing.TB, c *Client, f flow) listener {
	tb.Helper()
	d := websocket.Dialer{ReadBufferSize: 1 << 10, WriteBufferSize: 16 << 10}
	u := c.set.base.JoinPath("realtime")
	u.RawQuery = "model=" + f.model()
	ws, resp, err := d.DialContext(tb.Context(), u.String(), http.Header{})
	require.NoError(tb, err)
	tb.Cleanup(func() { _, _ = ws.Close(), resp.Body.Close() })
	buf := make([]byte, 16<<10)
	read := func() (n int) {
		_, r, err := ws.NextReader()
		for err == nil {
			var k int
			k, err = r.Read(buf)
			n += k
		}
		return n
	}
	read()
	return func() {
		require.NoError(tb, ws.WriteMessage(websocket.TextMessage, []byte("go")))
		for range f.events {
			if n := read(); n < f.size {
				tb.Errorf("a message of %d bytes", n)
			}
		}
	}
}

// muxListener handles events with a Mux, in borrowed or owned memory.
func muxListener(tb testing.TB, c *Client, f flow, borrowed bool) listener {
	tb.Helper()
	s, err := c.Connect(tb.Context(), Model(f.model()), nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = s.Close() })
	heard, all := 0, make(chan struct{}, 1)
	hear := func(_ context.Context, _ *Session, e *api.ResponseOutputAudioDelta) error {
		if len(e.Delta) != f.size {
			tb.Errorf("%d bytes of audio", len(e.Delta))
		}
		if heard++; heard%f.events == 0 {
			all <- struct{}{}
		}
		return nil
	}
	mux := NewMux()
	if borrowed {
		OnAudio(mux, hear)
	} else {
		On(mux, hear)
	}
	go func() { _ = mux.Run(context.Background(), s) }()
	return func() {
		require.NoError(tb, s.AppendAudio(tb.Context(), make([]byte, 2)))
		<-all
	}
}

// BenchmarkReceive compares the processor time of the whole client for an event that
// arrives with that of a bare socket: in a stream without a pause, with an empty heap and
// with other data alive, and at the pace of telephone audio. The server is another
// process. The clients take turns.
func BenchmarkReceive(b *testing.B) {
	for _, tc := range []struct {
		name     string
		flow     flow
		sessions int
		alive    int // bytes of other data
	}{
		{"stream-4800", flow{size: 4800, events: 4000}, 1, 0},
		{"stream-4800-16MB-alive", flow{size: 4800, events: 4000}, 1, 16 << 20},
		{"paced-160", flow{size: 160, events: 10, every: 20 * time.Millisecond}, 100, 0},
	} {
		b.Run(tc.name, func(b *testing.B) {
			alive := make([]byte, tc.alive)
			compareReceive(b, tc.flow, tc.sessions)
			runtime.KeepAlive(alive)
		})
	}
}

func compareReceive(b *testing.B, f flow, sessions int) {
	b.Helper()
	freed := audioEvents.Freed
	audioEvents.Freed = nil
	defer func() { audioEvents.Freed = freed }()
	c := idleServer(b, "http")
	crowd := func(one func() listener) func() {
		list := make([]listener, sessions)
		for i := range list {
			list[i] = one()
		}
		return func() {
			var all sync.WaitGroup
			for _, l := range list[1:] {
				all.Go(l)
			}
			list[0]()
			all.Wait()
		}
	}
	names := []string{"bare", "borrowed", "owned"}
	turns := []func(){
		crowd(func() listener { return bareListener(b, c, f) }),
		crowd(func() listener { return muxListener(b, c, f, true) }),
		crowd(func() listener { return muxListener(b, c, f, false) }),
	}
	times := make([][]float64, len(turns))
	for _, turn := range turns {
		turn()
	}
	for b.Loop() {
		for i, turn := range turns {
			times[i] = append(times[i], float64(cputime.Of(turn))/float64(sessions*f.events))
		}
	}
	bare := median(times[0])
	for i, name := range names {
		b.ReportMetric(median(times[i])/1e3, name+"-µs")
		if i > 0 {
			b.ReportMetric(median(times[i])/bare, name+"-x")
		}
	}
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
