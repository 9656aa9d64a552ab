package phone

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/telephony"
)

// TestLinesHearAndPlay runs both processes' parts in this one, on each carrier.
func TestLinesHearAndPlay(t *testing.T) {
	t.Parallel()
	for i := range kinds {
		k := &kinds[i]
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := &lines{}
			address, err := k.listen(telephony.Options{Call: s.call, MaxCalls: -1})
			require.NoError(t, err)
			c := &callers{}
			require.NoError(t, c.open(t.Context(), request{Kind: k.name, Address: address, Lines: 3}))
			require.Eventually(t, func() bool {
				return s.heard.Load() > 60 && s.played.Load() > 60 && c.got.Load() > int64(k.format.Bytes(time.Second))
			}, time.Minute, 10*time.Millisecond, "heard %d, played %d", s.heard.Load(), s.played.Load())
			assert.Zero(t, s.failed.Load())
			if k.open != nil {
				assert.Positive(t, c.marks.Load())
			}
		})
	}
}

func TestPiecesAreNumbered(t *testing.T) {
	t.Parallel()
	p := newPiece(find("Telnyx"), "MZ0001")
	text := string(p.number(1234567, 20))
	assert.Equal(t, 2, strings.Count(text, `"01234567"`))
	assert.Equal(t, 1, strings.Count(text, `"00000020"`))
	assert.NotContains(t, text, "#")
}

func TestTurns(t *testing.T) {
	t.Parallel()
	at := time.Now()
	from := view{at, linesStat{CPU: time.Second, Heard: 1000, Played: 900, Allocs: 10}, callersStat{Got: 1, Lines: 20}}
	to := view{at.Add(time.Second), linesStat{CPU: time.Second + 20*time.Millisecond, Heard: 2000, Played: 1900, Allocs: 260}, callersStat{Got: 2, Lines: 20}}
	got, err := from.turn(to, 20)
	require.NoError(t, err)
	assert.Equal(t, turn{perFrame: 20 * time.Microsecond, allocs: 0.25, heard: 1}, got)
	assert.InDelta(t, 0.001, got.perLine(), 1e-9)
	for name, spoil := range map[string]func(v *view){
		"a line failed":     func(v *view) { v.lines.Failed = 1 },
		"a line is missing": func(v *view) { v.far.Lines = 19 },
		"nothing is heard":  func(v *view) { v.lines.Heard = 1000 },
		"nothing arrives":   func(v *view) { v.far.Got = 1 },
		"little is played":  func(v *view) { v.lines.Played = 1000 },
	} {
		bad := to
		spoil(&bad)
		_, err := from.turn(bad, 20)
		require.Error(t, err, name)
	}
}
