package samples

import (
	"math"
	"math/rand/v2"

	"github.com/voicelane/realtime-go/audio"
)

// voice returns sound that has the rhythm and the spectrum of speech, in μ-law at 8 kHz:
// syllables of a pitch with its harmonics, hisses between some, and pauses.
func voice(length, pitch, seed int) []byte {
	random := rand.New(rand.NewPCG(uint64(seed), 7)) //nolint:gosec // Not for secrets, and the same each time.
	n := length * 8
	samples := make([]int16, n)
	for at := 0; at < n; {
		syllable := 800 + random.IntN(1100)
		loud := 0.25 + 0.45*random.Float64()
		f := float64(pitch) * (0.85 + 0.3*random.Float64())
		formant := 400 + 1400*random.Float64()
		hiss := random.IntN(4) == 0
		for i := 0; i < syllable && at+i < n; i++ {
			t := float64(at+i) / 8000
			v := 0.0
			if hiss {
				v = random.NormFloat64() * 0.12
			} else {
				for h := 1.0; h*f < 3300; h++ {
					off := (h*f - formant) / 500
					v += math.Sin(2*math.Pi*h*f*t) / (1 + off*off) / 2
				}
			}
			v *= loud * math.Sin(math.Pi*float64(i)/float64(syllable))
			samples[at+i] = int16(24000 * math.Tanh(v/3))
		}
		at += syllable + random.IntN(500)
		if random.IntN(7) == 0 {
			at += 2600
		}
	}
	for i := range samples { // the noise of a line
		samples[i] += int16(random.IntN(17) - 8) //nolint:gosec // Small
	}
	return audio.ULaw.AppendBytes(nil, samples)
}
