package tap_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
	"github.com/voicelane/realtime-go/voice"
)

// TestRunsSayWhatPiecesSay records random calls twice, by runs of the model's sound and by
// each piece of it: callers who interrupt, tools, connections that break, and a server that
// falls silent for half a minute in the middle of its answer.
func TestRunsSayWhatPiecesSay(t *testing.T) {
	t.Parallel()
	sounds, cuts, outages := 0, 0, 0
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			runs, pieces := recordedTwice(t, rand.New(rand.NewPCG(seed, 1)))
			want, got := pieces.Timeline(), runs.Timeline()
			require.JSONEq(t, withoutLines(t, want), withoutLines(t, got), "seed %d", seed)
			n, audio := 0, int64(0)
			for _, sign := range []int{1, -1} {
				rec := map[int]*recording.Recording{1: runs, -1: pieces}[sign]
				for _, f := range bodies[*recording.Frame](rec) {
					if f.Direction == recording.In {
						n += sign * max(f.N, 1)
						audio += int64(sign) * (f.Bytes<<20 + f.AudioMS)
					}
				}
			}
			require.Zero(t, n, "messages")
			require.Zero(t, audio, "bytes and length of sound")
			sounds, cuts, outages = sounds+len(got.Items), cuts+len(got.Cuts), outages+len(got.Outages)
		})
	}
	assert.Greater(t, sounds, 100)
	assert.Greater(t, cuts, 20)
	assert.Greater(t, outages, 10)
}

// recordedTwice returns the recordings of a random call, by runs and by pieces.
func recordedTwice(t *testing.T, random *rand.Rand) (runs, pieces *recording.Recording) {
	t.Helper()
	var files [2]bytes.Buffer
	var recs [2]*tap.Recorder
	var taps []*realtime.Tap
	var lines []*voice.Tap
	for i := range recs {
		recs[i] = tap.New(recording.NewWriter(&files[i], nil))
		taps, lines = append(taps, recs[i].Session()), append(lines, recs[i].Line())
	}
	require.NotNil(t, taps[0].Audio)
	taps[1].Audio = nil
	srv := realtimetest.New(&realtimetest.Config{Script: randomScript(random)})
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{APIKey: key, BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), &realtime.Options{
		PingInterval: -1, Taps: taps, Reconnect: &realtime.Reconnect{InitialDelay: time.Second},
	})
	require.NoError(t, err)
	line, mux, ran := voice.NewSimLine(audio.ULaw, audio.ULaw), realtime.NewMux(), make(chan error, 1)
	bridge, err := voice.NewBridge(s, line, &voice.BridgeOptions{Mux: mux, Taps: lines})
	require.NoError(t, err)
	go func() { ran <- bridge.Run(t.Context()) }()
	for range 4 {
		time.Sleep(time.Duration(random.IntN(int(4*time.Second))) + 1) // At a time of its own.
		if line.Speak(t.Context(), tone(time.Duration(300+random.IntN(1500))*time.Millisecond)) != nil {
			break
		}
	}
	time.Sleep(time.Duration(random.IntN(int(time.Minute))))
	line.Leave()
	<-ran //nolint:errcheck // Leaving in the middle of an answer may be an error.
	_ = s.Close()
	var out [2]*recording.Recording
	for i := range recs {
		require.NoError(t, recs[i].Close())
		out[i], err = recording.Read(&files[i])
		require.NoError(t, err)
		require.True(t, slices.IsSortedFunc(out[i].Lines, func(a, b recording.Line) int { return int(a.At - b.At) }))
	}
	return out[0], out[1]
}

func randomScript(random *rand.Rand) realtimetest.Script {
	say := func() realtimetest.Step {
		return realtimetest.Say{Text: "Your parcel left this morning.", Audio: realtimetest.Tone(time.Duration(20+random.IntN(400)) * 20 * time.Millisecond)}
	}
	x := realtimetest.Script{Rules: []realtimetest.Rule{{Do: []realtimetest.Step{say()}}}}
	if random.IntN(2) == 0 {
		x.Rules[0].Do = append(x.Rules[0].Do, realtimetest.Wait(time.Duration(random.IntN(int(2*time.Second)))), say())
	}
	deltas := realtimetest.Is(realtimetest.Sent, "response.output_audio.delta")
	switch random.IntN(3) {
	case 0:
		x.Faults = append(x.Faults, realtimetest.Fault{At: deltas, Nth: 1 + random.IntN(20), Do: realtimetest.Stall(30 * time.Second)})
	case 1:
		x.Faults = append(x.Faults, realtimetest.Fault{Conn: 1, At: deltas, Nth: 1 + random.IntN(20), Do: realtimetest.HangUp{}})
	default:
	}
	return x
}

// withoutLines returns a timeline as JSON, without the numbers of lines: a run is one line where
// an event of the program cut the pieces into two.
func withoutLines(t *testing.T, tl *recording.Timeline) string {
	t.Helper()
	data, err := json.Marshal(tl)
	require.NoError(t, err)
	var v any
	require.NoError(t, json.Unmarshal(data, &v))
	data, err = json.Marshal(dropLines(v))
	require.NoError(t, err)
	return string(data)
}

func dropLines(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if strings.HasSuffix(name, "Line") {
				delete(v, name)
				continue
			}
			v[name] = dropLines(x)
		}
	case []any:
		for i := range v {
			v[i] = dropLines(v[i])
		}
	}
	return v
}

// TestSoundOfAServerThatFellSilentIsInTheFile: a program that crashes in a call that hangs
// leaves what was said before.
func TestSoundOfAServerThatFellSilentIsInTheFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var file bytes.Buffer
		rec := tap.New(recording.NewWriter(&file, nil))
		script := realtimetest.Script{
			Rules:  []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "Your parcel.", Audio: realtimetest.Tone(time.Second)}}}},
			Faults: []realtimetest.Fault{{At: realtimetest.Is(realtimetest.Sent, "response.output_audio.delta"), Nth: 5, Do: realtimetest.Stall(time.Hour)}},
		}
		srv := realtimetest.New(&realtimetest.Config{Script: script})
		defer srv.Close()
		client, err := realtime.NewClient(&realtime.Config{APIKey: key, BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
		require.NoError(t, err)
		s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), &realtime.Options{PingInterval: -1, Taps: []*realtime.Tap{rec.Session()}})
		require.NoError(t, err)
		s.Discard()
		require.NoError(t, s.Send(t.Context(), &api.ResponseCreate{}))
		time.Sleep(6 * time.Second)
		require.NoError(t, rec.Writer().Flush())
		read, err := recording.Read(bytes.NewReader(file.Bytes()))
		require.NoError(t, err)
		items := read.Timeline().Items
		require.Len(t, items, 1)
		assert.Positive(t, items[0].Made)
		require.NoError(t, s.Abort(nil))
		require.NoError(t, rec.Close())
	})
}
