package transcribe

import (
	"fmt"
	"io"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtime"
)

// Sound is audio in a format of its own: the samples of a WAV file, or G.711 of a phone.
// [Stream] sends the samples in that format. Any other reader is taken for 24 kHz mono
// PCM16, little-endian.
type Sound struct {
	io.Reader

	// Format is that of the samples, which have no header. Nil is 24 kHz mono PCM16.
	Format api.AudioFormat
}

// WAV returns the samples of a mono WAV file: PCM16 of 24 kHz, or G.711 of 8 kHz. It reads
// the header, and is an error for every other format: convert such a file first.
func WAV(r io.Reader) (*Sound, error) {
	w, err := audio.NewWAVReader(r)
	if err != nil {
		return nil, fmt.Errorf("transcribe: %w", err)
	}
	switch w.Format() {
	case audio.PCM24k:
		return &Sound{Reader: w, Format: &api.AudioPCM{}}, nil
	case audio.MuLaw8k:
		return &Sound{Reader: w, Format: &api.AudioPCMU{}}, nil
	case audio.ALaw8k:
		return &Sound{Reader: w, Format: &api.AudioPCMA{}}, nil
	default:
		return nil, fmt.Errorf("transcribe: the WAV file has %d samples a second; PCM16 needs 24000, G.711 8000", w.Format().Rate)
	}
}

// sound returns the format of the samples of r.
func sound(r io.Reader) (format api.AudioFormat, rate int) {
	format = &api.AudioPCM{}
	if s, ok := r.(*Sound); ok && s.Format != nil {
		format = s.Format
	}
	switch format.(type) {
	case *api.AudioPCMU, *api.AudioPCMA:
		return format, realtime.RateG711
	default:
		return format, realtime.RatePCM
	}
}
