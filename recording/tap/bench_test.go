package tap_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
	"github.com/voicelane/realtime-go/usage"
)

// BenchmarkTapsOfManySessions gives a second of audio to a meter and a recording of each of
// 1,000 sessions in turn, as they would have it: the state of each is cold.
func BenchmarkTapsOfManySessions(b *testing.B) {
	out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(b, err)
	defer out.Close()
	const sessions = 1000
	var taps [sessions][]*realtime.Tap
	for i := range taps {
		rec := tap.New(recording.NewWriter(out, &recording.Options{FlushEvery: time.Hour}))
		defer rec.Close()
		taps[i] = []*realtime.Tap{usage.NewMeter(nil).Tap(), rec.Session()}
	}
	run := runOf(delta(b))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for _, t := range taps[i%sessions] {
			if t.Audio != nil {
				t.Audio(run)
			}
		}
	}
}

func BenchmarkFlush(b *testing.B) {
	out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(b, err)
	w := recording.NewWriter(out, &recording.Options{FlushEvery: time.Hour})
	rec := tap.New(w)
	t := rec.Session()
	run := runOf(delta(b))
	b.ReportAllocs()
	for b.Loop() {
		t.Audio(run)
		_ = w.Flush()
	}
}

func delta(tb testing.TB) (*api.ResponseOutputAudioDelta, []byte) {
	tb.Helper()
	d := &api.ResponseOutputAudioDelta{ResponseID: "resp_1", ItemID: "item_1", Delta: make([]byte, 4800)}
	data, err := d.AppendJSON(nil)
	require.NoError(tb, err)
	return d, data
}
