package voice

import (
	"fmt"

	"github.com/voicelane/realtime-go/audio"
)

// converter converts sound a frame at a time, in one direction.
type converter interface {
	// Append converts a frame. It may hold back the end of it.
	Append(dst, frame []byte) []byte
	// AppendRest appends what was held back, at the end of the sound.
	AppendRest(dst []byte) []byte
	// Reset forgets what was held back.
	Reset()
}

// newConverter returns nil if nothing is to be converted.
func newConverter(from, to audio.Format) (converter, error) {
	if from == to {
		return nil, nil //nolint:nilnil // No conversion is no error.
	}
	if from.Rate() == to.Rate() {
		return &recode{from: from, to: to}, nil
	}
	return nil, fmt.Errorf("voice: no conversion from %v to %v: give the line a format of the Realtime API", from, to)
}

// recode changes the encoding, at the same rate.
type recode struct {
	from, to audio.Format
	samples  []int16
}

func (r *recode) Append(dst, frame []byte) []byte {
	r.samples = r.from.AppendSamples(r.samples[:0], frame)
	return r.to.AppendBytes(dst, r.samples)
}

func (r *recode) AppendRest(dst []byte) []byte { return dst }

func (r *recode) Reset() {}
