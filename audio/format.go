package audio

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"time"
)

// Format is an encoding and a sample rate of mono sound. Formats are comparable. The
// zero Format is invalid, and so is any number that no constant and no function of this
// package returns; the methods of an invalid Format return zero and do nothing.
type Format uint32

// The formats of voice. PCM is signed 16-bit samples, little-endian; G.711 has one byte
// a sample.
const (
	PCM8k  = Format(8_000)
	PCM16k = Format(16_000)
	PCM24k = Format(24_000)
	PCM48k = Format(48_000)
	ULaw   = Format(muLaw<<rateBits | 8_000) // G.711 μ-law at 8 kHz.
	ALaw   = Format(aLaw<<rateBits | 8_000)  // G.711 A-law at 8 kHz.
)

// A Format holds the rate in its lower 24 bits and the encoding above them.
const (
	rateBits = 24
	rateMask = 1<<rateBits - 1
)

type encoding uint32

const (
	pcm16 encoding = iota
	muLaw
	aLaw
)

// The rates that formats can have, in samples per second.
const (
	minRate = 1_000
	maxRate = 768_000
)

// PCM returns the format of 16-bit samples at a rate between 1,000 and 768,000 samples
// per second, such as 44100. For other rates it returns the zero Format.
func PCM(rate int) Format {
	if rate < minRate || rate > maxRate {
		return 0
	}
	return Format(rate)
}

// Valid reports whether f is a format of this package.
func (f Format) Valid() bool {
	switch f.encoding() {
	case pcm16:
		return f >= minRate && f <= maxRate
	case muLaw, aLaw:
		return f == ULaw || f == ALaw
	default:
		return false
	}
}

func (f Format) encoding() encoding { return encoding(f >> rateBits) }

// Rate returns the number of samples per second.
func (f Format) Rate() int {
	if !f.Valid() {
		return 0
	}
	return int(f & rateMask)
}

// SampleSize returns the number of bytes of a sample: 2 for PCM, 1 for G.711.
func (f Format) SampleSize() int {
	switch {
	case !f.Valid():
		return 0
	case f.encoding() == pcm16:
		return 2
	default:
		return 1
	}
}

// String returns the encoding and the rate, such as "pcm/24000", "pcmu/8000" for μ-law
// or "pcma/8000" for A-law, and "invalid" for an invalid format.
func (f Format) String() string {
	switch {
	case !f.Valid():
		return "invalid"
	case f == ULaw:
		return "pcmu/8000"
	case f == ALaw:
		return "pcma/8000"
	default:
		return "pcm/" + strconv.Itoa(f.Rate())
	}
}

// Bytes returns the number of bytes that play for d, rounded down to whole samples. It
// is 0 for a negative d.
func (f Format) Bytes(d time.Duration) int {
	if d <= 0 {
		return 0
	}
	// Seconds are computed separately, so that the product does not overflow.
	rate := int64(f.Rate())
	samples := int64(d/time.Second)*rate + int64(d%time.Second)*rate/int64(time.Second)
	return int(min(samples*int64(f.SampleSize()), math.MaxInt))
}

// Duration returns the playing time of n bytes, rounded down to nanoseconds. It ignores
// an incomplete sample, and is 0 for a negative n.
func (f Format) Duration(n int) time.Duration {
	rate, size := int64(f.Rate()), int64(f.SampleSize())
	if n <= 0 || rate == 0 {
		return 0
	}
	samples := int64(n) / size
	return time.Duration(samples/rate)*time.Second + time.Duration(samples%rate)*time.Second/time.Duration(rate)
}

// AppendSamples decodes p and appends its samples to dst. It ignores an incomplete sample
// at the end of p.
func (f Format) AppendSamples(dst []int16, p []byte) []int16 {
	switch {
	case !f.Valid():
	case f == ULaw:
		for _, code := range p {
			dst = append(dst, muLawSamples[code])
		}
	case f == ALaw:
		for _, code := range p {
			dst = append(dst, aLawSamples[code])
		}
	default:
		for ; len(p) >= 2; p = p[2:] {
			dst = append(dst, pcmSample(p))
		}
	}
	return dst
}

// AppendBytes encodes samples and appends them to dst.
func (f Format) AppendBytes(dst []byte, samples []int16) []byte {
	switch {
	case !f.Valid():
	case f == ULaw:
		for _, s := range samples {
			dst = append(dst, encodeMuLaw(s))
		}
	case f == ALaw:
		for _, s := range samples {
			dst = append(dst, encodeALaw(s))
		}
	default:
		for _, s := range samples {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(s)) //nolint:gosec // The bits are the sample.
		}
	}
	return dst
}

// AppendSilence appends silence of the length d, rounded down to whole samples.
func (f Format) AppendSilence(dst []byte, d time.Duration) []byte {
	n := f.Bytes(d)
	dst = slices.Grow(dst, n)
	at := len(dst)
	dst = dst[:at+n]
	f.silence(dst[at:])
	return dst
}

// silence overwrites p.
func (f Format) silence(p []byte) {
	switch f {
	case ULaw:
		fill(p, encodeMuLaw(0))
	case ALaw:
		fill(p, encodeALaw(0))
	default:
		clear(p)
	}
}

func fill(p []byte, b byte) {
	for i := range p {
		p[i] = b
	}
}

// pcmSample returns the first sample of p.
func pcmSample(p []byte) int16 { return int16(binary.LittleEndian.Uint16(p)) } //nolint:gosec // The bits are the sample.

// at returns sample i of p.
func (f Format) at(p []byte, i int) int16 {
	switch f.encoding() {
	case muLaw:
		return muLawSamples[p[i]]
	case aLaw:
		return aLawSamples[p[i]]
	default:
		return pcmSample(p[2*i:])
	}
}

// set overwrites sample i of p.
func (f Format) set(p []byte, i int, s int16) {
	switch f.encoding() {
	case muLaw:
		p[i] = encodeMuLaw(s)
	case aLaw:
		p[i] = encodeALaw(s)
	default:
		binary.LittleEndian.PutUint16(p[2*i:], uint16(s)) //nolint:gosec // The bits are the sample.
	}
}

// samples returns the number of whole samples in n bytes.
func (f Format) samples(n int) int {
	size := f.SampleSize()
	if size == 0 {
		return 0
	}
	return n / size
}
