package recording_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
)

// TestAudioRunsAreWrittenAsTheirMessages merges the messages of a run before they are
// written, and passes it on late.
func TestAudioRunsAreWrittenAsTheirMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var read, merged bytes.Buffer
		a, b := recording.NewWriter(&read, nil), recording.NewWriter(&merged, nil)
		random := rand.New(rand.NewPCG(1, 2))
		for i := range 100 { // Some minutes: clock lines, and another connection.
			if i == 50 {
				a.Add(2, &recording.Dial{Took: 1})
				b.Add(2, &recording.Dial{Took: 1})
			}
			item := []string{"item_1", "item_2", "+49 151 23456789"}[i/30%3]
			r := recording.AudioRun{Type: "response.output_audio.delta", Item: item, Response: "resp_1", At: b.Now()}
			for range 1 + random.IntN(4) {
				m := deltaOf(item, sound(2*random.IntN(2000)+2, uint64(i)))
				m.Conn = 1 + i/50
				now := a.Now()
				if r.N > 0 {
					r.Gap = max(r.Gap, now-r.At-r.Span)
				}
				r.N++
				r.Bytes += int64(len(m.Data))
				r.Audio += int64(len(decoded(t, m.Data)))
				r.Span = now - r.At
				a.Message(m)
				time.Sleep(time.Duration(random.IntN(int(250 * time.Millisecond))))
			}
			time.Sleep(time.Duration(random.IntN(int(5 * time.Second))))
			b.AudioRun(&r)
			require.NoError(t, a.Flush())
			time.Sleep(2 * time.Second)
		}
		require.NoError(t, a.Close(nil))
		require.NoError(t, b.Close(nil))
		want, got := runLines(read.String()), runLines(merged.String())
		require.Len(t, want, 100)
		assert.Equal(t, want, got)
		assert.Contains(t, merged.String(), `"k":"clock"`)
	})
}

// TestAudioRunsWithoutTheirSoundAreAGap holds that a recording says what it lacks of what it was
// to keep.
func TestAudioRunsWithoutTheirSoundAreAGap(t *testing.T) {
	t.Parallel()
	for keep, want := range map[recording.Keep][]recording.Gap{
		recording.KeepText:   nil,
		recording.KeepAudio:  {{Lines: 2, Bytes: 9600, Kinds: []string{"audio"}}},
		recording.KeepFrames: {{Lines: 5, Bytes: 7000, Kinds: []string{"in"}}},
	} {
		var out bytes.Buffer
		w := recording.NewWriter(&out, &recording.Options{Keep: []recording.Keep{keep}})
		for n := range 2 {
			w.AudioRun(&recording.AudioRun{Type: "response.output_audio.delta", Item: "item_1", N: 2 + n, Bytes: 3500, Audio: 4800})
		}
		require.NoError(t, w.Close(nil))
		rec := read(t, out.Bytes())
		var got []recording.Gap
		for _, g := range bodies[*recording.Gap](rec) {
			got = append(got, *g)
		}
		assert.Equal(t, want, got, keep)
		assert.Equal(t, want == nil, bodies[*recording.End](rec)[0].Complete, keep)
		assert.Len(t, bodies[*recording.Frame](rec), 2)
	}
}

// TestSoundIsWrittenInTime has runs of sound a second apart, and then none: what waits is
// written with a run that comes when half of its time is over, and otherwise in time.
func TestSoundIsWrittenInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &stuck{free: make(chan struct{})}
		close(out.free)
		w := recording.NewWriter(out, nil)
		var written []string
		for second := range 20 {
			if second < 13 {
				w.AudioRun(&recording.AudioRun{Type: "response.output_audio.delta", Item: "item_1", N: 1, At: w.Now()})
			}
			synctest.Wait()
			written = append(written, fmt.Sprint(second, " ", strings.Count(out.String(), `"k":"in"`)))
			time.Sleep(time.Second)
		}
		assert.Equal(t, []string{
			"0 0", "1 0", "2 0", "3 4", "4 4", "5 4", "6 4", "7 8", "8 8", "9 8",
			"10 8", "11 12", "12 12", "13 12", "14 12", "15 12", "16 12", "17 13", "18 13", "19 13",
		}, written)
		require.NoError(t, w.Close(nil))
	})
}

// decoded returns the sound of a message.
func decoded(t *testing.T, data []byte) []byte {
	t.Helper()
	var e struct{ Delta []byte }
	require.NoError(t, json.Unmarshal(data, &e))
	return e.Delta
}

// runLines returns the lines of sound that was received, without aliases.
func runLines(text string) (all []string) {
	for _, l := range lines(text) {
		if strings.Contains(l, `"k":"in"`) {
			all = append(all, strings.NewReplacer(aliasOf(l), "").Replace(l))
		}
	}
	return all
}
