package voice

import (
	"context"
	"io"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

func TestSimLineHearsWhenItSounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewSimLine(audio.ULaw, audio.ULaw)
		began := time.Now()
		hear := func(length int, at time.Duration) {
			t.Helper()
			sound, when, err := l.Hear(t.Context())
			require.NoError(t, err)
			assert.Len(t, sound, length)
			assert.Equal(t, at, when.Sub(began))
		}
		require.NoError(t, l.Play(t.Context(), make([]byte, 240)))
		hear(160, 0)
		assert.Equal(t, 20*time.Millisecond, time.Since(began), "it is not known before it has sounded")
		hear(80, 20*time.Millisecond)
		time.Sleep(time.Second)
		require.NoError(t, l.Play(t.Context(), make([]byte, 8000)))
		hear(160, 1030*time.Millisecond)
		time.Sleep(5 * time.Millisecond)
		require.NoError(t, l.Clear(t.Context()))
		hear(40, 1050*time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := l.Hear(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, l.Play(t.Context(), make([]byte, 8000)))
		time.Sleep(10 * time.Millisecond)
		l.Leave()
		hear(80, 2055*time.Millisecond)
		_, _, err = l.Hear(t.Context())
		assert.ErrorIs(t, err, io.EOF)
	})
}

// Whatever is played and cleared, Hear returns what Heard does, each sample once, and its
// times never overlap.
func TestSimLineHearsAllInRandomSchedules(t *testing.T) {
	t.Parallel()
	seeds := uint64(50)
	if testing.Short() {
		seeds = 12
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 3))
			f := []audio.Format{audio.ULaw, audio.PCM24k, audio.PCM(44100)}[seed%3]
			l := NewSimLine(f, f)
			var all []byte
			done := make(chan struct{})
			go func() {
				defer close(done)
				var until time.Time
				for {
					sound, at, err := l.Hear(t.Context())
					if err != nil {
						assert.ErrorIs(t, err, io.EOF)
						return
					}
					assert.LessOrEqual(t, until.Sub(at), 2*time.Microsecond, "seed %d", seed)
					until = at.Add(f.Duration(len(sound)))
					assert.False(t, until.After(time.Now().Add(2*time.Microsecond)), "seed %d", seed)
					all = append(all, sound...)
				}
			}()
			for range 40 {
				switch rng.IntN(4) {
				case 0:
					_ = l.Clear(t.Context())
				case 1, 2:
					sound := make([]byte, f.SampleSize()*rng.IntN(f.Rate()))
					for i := range sound {
						sound[i] = byte(rng.Uint32())
					}
					require.NoError(t, l.Play(t.Context(), sound))
				}
				time.Sleep(time.Duration(rng.IntN(400_000)) * time.Microsecond)
			}
			l.Leave()
			<-done
			assert.Equal(t, l.Heard(), all, "seed %d", seed)
		})
	}
}
