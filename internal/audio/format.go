package audio

import (
	"encoding/binary"
	"time"
)

// Encoding is the encoding of one sample.
type Encoding int

// The encodings of the Realtime API.
const (
	PCM16 Encoding = iota // 16 bits, signed, little-endian.
	MuLaw                 // G.711 mu-law, 8 bits.
	ALaw                  // G.711 A-law, 8 bits.
)

// Format is the format of a mono stream: the encoding of a sample and the number of
// samples per second.
type Format struct {
	Encoding Encoding
	Rate     int
}

// The three formats of the Realtime API.
var (
	PCM24k  = Format{Encoding: PCM16, Rate: 24000}
	MuLaw8k = Format{Encoding: MuLaw, Rate: 8000}
	ALaw8k  = Format{Encoding: ALaw, Rate: 8000}
)

// SampleSize returns the size of one sample in bytes.
func (f Format) SampleSize() int {
	if f.Encoding == PCM16 {
		return 2
	}
	return 1
}

// Duration returns the playing time of n bytes.
func (f Format) Duration(n int) time.Duration {
	if f.Rate <= 0 {
		return 0
	}
	return time.Duration(n/f.SampleSize()) * time.Second / time.Duration(f.Rate)
}

// Milliseconds returns the playing time of n bytes in milliseconds, rounded down.
func (f Format) Milliseconds(n int) int {
	return int(f.Duration(n).Milliseconds())
}

// Bytes returns the number of bytes that play for d, rounded down to whole samples.
func (f Format) Bytes(d time.Duration) int {
	if d <= 0 {
		return 0
	}
	// Seconds are computed separately, so that the product does not overflow for hours
	// of audio.
	whole, rest := int(d/time.Second), d%time.Second
	samples := whole*f.Rate + int(rest*time.Duration(f.Rate)/time.Second)
	return samples * f.SampleSize()
}

// AppendSamples decodes data and appends the samples to dst. It ignores an incomplete
// sample at the end of data.
func (f Format) AppendSamples(dst []int16, data []byte) []int16 {
	switch f.Encoding {
	case MuLaw:
		for _, b := range data {
			dst = append(dst, DecodeMuLaw(b))
		}
	case ALaw:
		for _, b := range data {
			dst = append(dst, DecodeALaw(b))
		}
	default:
		for ; len(data) >= 2; data = data[2:] {
			dst = append(dst, int16(binary.LittleEndian.Uint16(data))) //nolint:gosec // The bits are the sample.
		}
	}
	return dst
}

// AppendBytes encodes samples and appends them to dst.
func (f Format) AppendBytes(dst []byte, samples []int16) []byte {
	switch f.Encoding {
	case MuLaw:
		for _, s := range samples {
			dst = append(dst, EncodeMuLaw(s))
		}
	case ALaw:
		for _, s := range samples {
			dst = append(dst, EncodeALaw(s))
		}
	default:
		for _, s := range samples {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(s)) //nolint:gosec // The bits are the sample.
		}
	}
	return dst
}

// Convert converts data between formats. If the formats are equal it returns data
// itself.
func Convert(data []byte, from, to Format) []byte {
	if from == to {
		return data
	}
	samples := Resample(from.AppendSamples(nil, data), from.Rate, to.Rate)
	return to.AppendBytes(make([]byte, 0, len(samples)*to.SampleSize()), samples)
}
