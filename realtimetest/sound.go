package realtimetest

import (
	"io"
	"time"

	"github.com/voicelane/realtime-go/internal/audio"
)

// Tone returns a soft tone of duration d as 24 kHz mono PCM16: a voice for
// tests that only need sound of a known length.
func Tone(d time.Duration) []byte {
	const frequency, amplitude = 330, 0.25
	return audio.PCM24k.AppendBytes(nil, audio.Tone(audio.PCM24k.Rate, frequency, d, amplitude))
}

// Silence returns silence of duration d as 24 kHz mono PCM16.
func Silence(d time.Duration) []byte { return make([]byte, audio.PCM24k.Bytes(d)) }

// ReadWAV reads a mono WAV file of PCM16, mu-law or A-law and returns it as
// 24 kHz PCM16, which is what [Say] and [Heard] take.
func ReadWAV(r io.Reader) ([]byte, error) {
	data, format, err := audio.ReadWAV(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // Says what it read already.
	}
	return audio.Convert(data, format, audio.PCM24k), nil
}

// WriteWAV writes 24 kHz mono PCM16, such as what a listener has heard, as a
// WAV file.
func WriteWAV(w io.Writer, sound []byte) error {
	return audio.WriteWAV(w, sound, audio.PCM24k) //nolint:wrapcheck // Says what it wrote already.
}
