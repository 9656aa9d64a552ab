package link

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/socket"
)

// TestFates compares the spans with a map, for places that are noted in any order.
func TestFates(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		var f fates
		model := map[uint64]socket.Fate{}
		for range 100 {
			seq, fate := 1+random.Uint64N(60), socket.Uncertain+socket.Fate(random.IntN(2))
			f.note(seq, fate)
			if _, known := model[seq]; !known {
				model[seq] = fate
			}
		}
		for seq := range uint64(70) {
			want, known := model[seq]
			if !known {
				want = socket.Written
			}
			if seq > 0 {
				assert.Equal(t, want, f.of(seq), "seed %d, place %d", seed, seq)
			}
		}
	}
}

func TestFatesAreBounded(t *testing.T) {
	t.Parallel()
	var f fates
	const outages = 10 * mostSpans
	for i := range uint64(outages) {
		f.note(10*(i+1), socket.Unsent)
	}
	assert.LessOrEqual(t, len(f.spans), mostSpans)
	assert.Equal(t, socket.Unsent, f.of(10*outages))
	assert.Equal(t, socket.Written, f.of(10*outages-1))
	assert.Equal(t, socket.Uncertain, f.of(11), "what is not known any more is never called written")
	var lost fates
	for i := range uint64(outages) {
		lost.note(i+1, socket.Unsent)
	}
	assert.Len(t, lost.spans, 1, "neighbours share a span")
}

// TestWhatIsForgotten checks the first places whose fate is forgotten, and the first that
// are still known.
func TestWhatIsForgotten(t *testing.T) {
	t.Parallel()
	var f fates
	for i := range uint64(mostSpans) {
		f.note(10*(i+1), socket.Unsent)
	}
	assert.Equal(t, socket.Unsent, f.of(10), "there is room for all")
	f.note(10*(mostSpans+1), socket.Unsent)
	const last = 10 * mostSpans / 2
	assert.Equal(t, socket.Uncertain, f.of(last))
	assert.Equal(t, socket.Written, f.of(last+1))
	assert.Equal(t, socket.Unsent, f.of(last+10))
}
