package wire

import (
	"bytes"
	"encoding/json"
	"testing"

	decbase64 "github.com/segmentio/asm/base64"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/cputime"
)

// TestSpeed bounds the time of decoding by its ratio to other work timed in the same
// run. The bounds are wide, since the machine may be busy; the log has the measured
// ratios.
func TestSpeed(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("timings are not comparable with -short or the race detector")
	}
	var shared Strings
	for _, tt := range []struct {
		size          int
		reused, fresh float64
	}{{4096, 4, 5}, {8192, 3, 5}, {16384, 3, 5}} {
		frame := audioFrame(tt.size, 0)
		scratch := make([]byte, len(frame))
		start := bytes.Index(frame, []byte(`"delta":"`)) + len(`"delta":"`)
		text, out := frame[start:len(frame)-2], make([]byte, tt.size+8)
		floor := func() {
			copy(scratch, frame)
			_, _ = decbase64.StdEncoding.Decode(out, text)
		}
		// On a busy machine, touching new memory is slow in itself.
		freshFloor := func() {
			copy(scratch, frame)
			fresh := make([]byte, decbase64.StdEncoding.DecodedLen(len(text)))
			_, _ = decbase64.StdEncoding.Decode(fresh, text)
			sink = fresh
		}
		var x audioDelta
		reused := cputime.Ratio(func() {
			d := NewDecoder(frame)
			d.UseStrings(&shared)
			d.UseBuffer(out)
			x.decode(&d)
		}, floor, tt.reused)
		fresh := cputime.Ratio(func() {
			d := NewDecoder(frame)
			x := new(audioDelta)
			x.decode(&d)
			sink = x
		}, freshFloor, tt.fresh)
		t.Logf("audio delta of %d bytes: %.2f times the floor reused, %.2f times a fresh one", tt.size, reused, fresh)
		require.LessOrEqual(t, reused, tt.reused)
		require.LessOrEqual(t, fresh, tt.fresh)
	}
	frame := textFrame(0)
	const atLeast = 3.0
	ratio := 1 / cputime.Ratio(func() {
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
	}, 1/atLeast)
	t.Logf("text delta: %.1f times as fast as encoding/json in two passes", ratio)
	require.GreaterOrEqual(t, ratio, atLeast)
}
