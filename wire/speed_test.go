package wire

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	decbase64 "github.com/segmentio/asm/base64"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/cputime"
)

// medianRatio returns how many times longer f takes than reference, as the
// median over many short turns in which the two alternate: what else runs on
// the machine hits both.
func medianRatio(reference, f func()) float64 {
	batch := func(f func()) time.Duration {
		return cputime.Of(func() {
			for range 50 {
				f()
			}
		})
	}
	ratios := make([]float64, 101)
	for i := range ratios {
		ref := batch(reference)
		ratios[i] = float64(batch(f)) / float64(ref)
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

// TestSpeed guards against a fall in speed, by ratios to work that was timed in
// the same run. The bounds are wide, since the machine may be busy; the log has
// the figures.
func TestSpeed(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("times mean nothing here")
	}
	var shared Strings
	for _, tt := range []struct {
		size          int
		reused, fresh float64
	}{{4096, 4, 12}, {8192, 3, 9}, {16384, 3, 9}} {
		frame := audioFrame(tt.size, 0)
		scratch := make([]byte, len(frame))
		start := bytes.Index(frame, []byte(`"delta":"`)) + len(`"delta":"`)
		text, out := frame[start:len(frame)-2], make([]byte, tt.size+8)
		floor := func() {
			copy(scratch, frame)
			_, _ = decbase64.StdEncoding.Decode(out, text)
		}
		var x audioDelta
		reused := medianRatio(floor, func() {
			d := NewDecoder(frame)
			d.UseStrings(&shared)
			d.UseBuffer(out)
			x.decode(&d)
		})
		fresh := medianRatio(floor, func() {
			d := NewDecoder(frame)
			x := new(audioDelta)
			x.decode(&d)
			sink = x
		})
		t.Logf("audio delta of %d bytes: %.2f times the floor re-used, %.2f fresh", tt.size, reused, fresh)
		require.Less(t, reused, tt.reused)
		require.Less(t, fresh, tt.fresh)
	}
	frame := textFrame(0)
	ratio := medianRatio(func() {
		d := NewDecoder(frame)
		x := new(textDelta)
		x.decode(&d)
		sink = x
	}, func() {
		var head struct {
			Type string `json:"type"`
		}
		x := new(plainTextDelta)
		_ = json.Unmarshal(frame, &head)
		_ = json.Unmarshal(frame, x)
		sink = x
	})
	t.Logf("text delta: %.1f times as fast as encoding/json in two passes", ratio)
	require.Greater(t, ratio, 3.0)
}
