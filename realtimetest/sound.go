package realtimetest

import (
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// Tone returns a soft tone of duration d as 24 kHz mono PCM16: a voice for
// tests that need sound of a known length and no more.
func Tone(d time.Duration) []byte {
	const frequency, amplitude = 330, 0.25
	return audio.PCM24k.AppendTone(nil, frequency, d, amplitude)
}

// Silence returns silence of duration d as 24 kHz mono PCM16.
func Silence(d time.Duration) []byte { return audio.PCM24k.AppendSilence(nil, d) }
