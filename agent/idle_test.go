package agent_test

import (
	"context"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
	"github.com/voicelane/realtime-go/usage"
	"github.com/voicelane/realtime-go/voice"
)

// silentLine is a line on which nothing is said.
type silentLine struct{}

func (silentLine) Formats() (in, out audio.Format)    { return audio.PCM24k, audio.PCM24k }
func (silentLine) Play(context.Context, []byte) error { return nil }
func (silentLine) Clear(context.Context) error        { return nil }
func (silentLine) Receive(ctx context.Context) (voice.Input, error) {
	<-ctx.Done()
	return voice.Input{}, ctx.Err()
}

// settled answers each change of the settings with the same.
func settled(p *peer.Peer) {
	p.Created()
	for m := p.Read(); m != nil; m = p.Read() {
		if m["type"] == "session.update" {
			p.Send(`{"type":"session.updated","event_id":"e2","session":{"type":"realtime","id":"sess_1","model":"gpt-realtime","audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"turn_detection":{"type":"server_vad"}},"output":{"format":{"type":"audio/pcm","rate":24000}}}}}`)
		}
	}
}

// TestAnIdleConversationIsSmall holds what an agent with a tool and a guard, a bridge, a meter
// and a recording take of the heap, beyond a session that has settings as well. It is not
// parallel: it measures the process. Stacks are left out: what they begin with depends on the
// tests before.
func TestAnIdleConversationIsSmall(t *testing.T) { //nolint:paralleltest // See above.
	if raceEnabled || testing.Short() {
		t.Skip("the race detector has memory of its own")
	}
	network := peer.Serve(t, settled)
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	connect := func(o *realtime.Options) *realtime.Session {
		s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), o)
		require.NoError(t, err)
		return s
	}
	bare := memoryOf(t, func() io.Closer {
		s := connect(nil)
		s.Discard()
		_, err := s.Update(t.Context(), &api.RealtimeSessionConfig{Instructions: new("You answer the phone of a small hotel.")})
		require.NoError(t, err)
		return s
	})
	hotel := &agent.Agent{
		Instructions: agent.Text("You answer the phone of a small hotel."),
		Tools: []agent.Tool{agent.Func("find_room", "Finds free rooms.", func(context.Context, struct {
			Nights int `json:"nights"`
		},
		) (string, error) {
			return "none", nil
		})},
		Guards: []agent.Guard{{Check: func(context.Context, string) error { return nil }}},
	}
	whole := memoryOf(t, func() io.Closer {
		rec := tap.New(recording.NewWriter(io.Discard, nil))
		meter := usage.NewMeter(&usage.Options{OnEntry: rec.Entry})
		s := connect(&realtime.Options{Taps: []*realtime.Tap{meter.Tap(), rec.Session()}})
		c, err := agent.Start(t.Context(), s, hotel, &agent.Options{Line: silentLine{}})
		require.NoError(t, err)
		require.NoError(t, rec.Writer().Flush()) // It would do so after 5 s.
		return c
	})
	t.Logf("%d bytes of heap beyond the %d of a session with its server", whole-bare, bare)
	assert.LessOrEqual(t, whole-bare, int64(12<<10))
}

// memoryOf returns the memory of one of many, and closes them.
func memoryOf(t *testing.T, open func() io.Closer) int64 {
	t.Helper()
	const most = 200
	require.NoError(t, open().Close()) // What the first one makes for all is not measured.
	before := inUse()
	var list []io.Closer
	for range most {
		list = append(list, open())
	}
	size := (inUse() - before) / most
	for _, x := range list {
		require.NoError(t, x.Close())
	}
	return size
}

// inUse returns the heap in use, once the collector has taken what it can.
func inUse() int64 {
	for range 4 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
