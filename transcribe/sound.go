package transcribe

import (
	"fmt"
	"io"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Sound is audio in a format of its own: the samples of a WAV file, or G.711 of a phone.
// [Stream] sends the samples in that format. Any other reader is taken for 24 kHz mono
// PCM16, little-endian.
type Sound struct {
	io.Reader

	// Format is that of the samples, which have no header. Nil is 24 kHz mono PCM16.
	Format api.AudioFormat
	// Rate is the number of samples per second of PCM, for servers that hear another rate
	// than the service, such as Qwen-Omni with 16,000; 0 is 24,000.
	Rate int
}

// WAV returns the sound of a mono WAV file of any encoding that [audio.ReadWAV] reads: G.711
// of 8 kHz as it is, everything else as PCM16, resampled to 24 kHz. It reads the header. For
// a file of several channels call ReadWAV with options, and [audio.Convert].
func WAV(r io.Reader) (*Sound, error) {
	w, err := audio.ReadWAV(r, nil)
	if err != nil {
		return nil, fmt.Errorf("transcribe: %w", err)
	}
	switch w.Format() {
	case audio.ULaw:
		return &Sound{Reader: w, Format: &api.AudioPCMU{}}, nil
	case audio.ALaw:
		return &Sound{Reader: w, Format: &api.AudioPCMA{}}, nil
	default:
		return &Sound{Reader: audio.Convert(w, audio.PCM24k), Format: &api.AudioPCM{}}, nil
	}
}

// sound returns the format of the samples of r, and their bytes per second.
func sound(r io.Reader) (format api.AudioFormat, rate int) {
	format, rate = &api.AudioPCM{}, realtime.RatePCM
	if s, ok := r.(*Sound); ok {
		if s.Format != nil {
			format = s.Format
		}
		if s.Rate > 0 {
			rate = s.Rate * audio.PCM24k.SampleSize()
		}
	}
	switch format.(type) {
	case *api.AudioPCMU, *api.AudioPCMA:
		return format, realtime.RateG711
	default:
		return format, rate
	}
}
