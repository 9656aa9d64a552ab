package realtimetest

import (
	"io"
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

// ReadWAV reads a WAV file of one channel, as [audio.ReadWAV] does, and returns it as
// 24 kHz PCM16, the format of [Say] and [Heard].
func ReadWAV(r io.Reader) ([]byte, error) {
	wav, err := audio.ReadWAV(r, nil)
	if err != nil {
		return nil, err //nolint:wrapcheck // Its text says what was read.
	}
	return io.ReadAll(audio.Convert(wav, audio.PCM24k)) //nolint:wrapcheck // As above.
}

// WriteWAV writes 24 kHz mono PCM16, for example the audio of a session, as a
// WAV file.
func WriteWAV(w io.Writer, sound []byte) error {
	wav := audio.NewWAVWriter(w, audio.PCM24k, 1)
	if _, err := wav.Write(sound); err != nil {
		return err //nolint:wrapcheck // Its text says what was written.
	}
	return wav.Close() //nolint:wrapcheck // As above.
}
