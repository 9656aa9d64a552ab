package realtimetest

import (
	"io"
	"time"

	"github.com/voicelane/realtime-go/internal/audio"
)

// Tone returns a soft tone of duration d as 24 kHz mono PCM16: a voice for
// tests that need sound of a known length and no more.
func Tone(d time.Duration) []byte {
	const frequency, amplitude = 330, 0.25
	return audio.PCM24k.AppendBytes(nil, audio.Tone(audio.PCM24k.Rate, frequency, d, amplitude))
}

// Silence returns silence of duration d as 24 kHz mono PCM16.
func Silence(d time.Duration) []byte { return make([]byte, audio.PCM24k.Bytes(d)) }

// ReadWAV reads a mono WAV file of PCM16, mu-law or A-law and returns it as
// 24 kHz PCM16, the format of [Say] and [Heard].
func ReadWAV(r io.Reader) ([]byte, error) {
	data, format, err := audio.ReadWAV(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // Its text says what was read.
	}
	return audio.Convert(data, format, audio.PCM24k), nil
}

// WriteWAV writes 24 kHz mono PCM16, for example the audio of a session, as a
// WAV file.
func WriteWAV(w io.Writer, sound []byte) error {
	return audio.WriteWAV(w, sound, audio.PCM24k) //nolint:wrapcheck // Its text says what was written.
}
