package telephonytest

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/audio"
)

// Whatever is played and cleared, each sample that was heard is taken once, in order and
// with its time.
func TestTakesWhatWasHeard(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 5))
		e := &ear{format: []audio.Format{audio.ULaw, audio.PCM16k}[seed%2]}
		now := time.Unix(0, 0)
		var all []byte
		var until time.Time
		take := func() {
			for {
				sound, at := e.take(now, e.format.Bytes(hearing))
				if sound == nil {
					return
				}
				assert.LessOrEqual(t, until.Sub(at), 2*time.Microsecond, "seed %d", seed)
				until = at.Add(e.format.Duration(len(sound)))
				assert.False(t, until.After(now), "seed %d", seed)
				all = append(all, sound...)
			}
		}
		for range 60 {
			switch rng.IntN(4) {
			case 0:
				e.clear(now, DropsMarks)
			case 1, 2:
				sound := make([]byte, e.format.SampleSize()*rng.IntN(e.format.Rate()))
				for i := range sound {
					sound[i] = byte(rng.Uint32())
				}
				e.play(now, sound)
			default:
				take()
			}
			now = now.Add(time.Duration(rng.IntN(300_000)) * time.Microsecond)
		}
		e.clear(now, DropsMarks)
		take()
		assert.Equal(t, e.all, all, "seed %d", seed)
	}
}
