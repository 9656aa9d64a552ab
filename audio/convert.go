package audio

import (
	"slices"
	"time"
)

// Converter converts a stream of sound to another format, frame by frame, and keeps the
// state of its filter from one frame to the next. One Converter serves one direction of
// one line; its methods must not run at the same time. If a format is invalid, it
// converts to nothing.
//
// Between rates it resamples with a linear-phase low-pass filter. Let n be half the
// lower rate, which is the highest frequency that both formats can hold. Up to 85 % of n
// the level changes by less than 0.5 dB (3.4 kHz for 8 kHz, 10.2 kHz for 24 kHz); what
// lies above n is attenuated by more than 60 dB, so that neither aliases nor images are
// audible. The filter delays sound by 30 samples of the lower rate, see
// [Converter.Delay]; conversions between encodings of one rate delay nothing.
type Converter struct {
	from, to Format
	resample *resampler // nil if the rates are equal.
	odd      []byte     // The first byte of a sample whose second is in the next frame.
	pair     [2]byte    // The memory of odd.
	in, out  []int16    // Scratch memory of block samples.
}

// block is the number of samples that are converted at a time.
const block = 512

// NewConverter returns a Converter between two formats. It computes the filter: some 10
// microseconds between the rates of voice, milliseconds for uncommon ratios.
func NewConverter(from, to Format) *Converter {
	c := &Converter{from: from, to: to}
	c.odd = c.pair[:0]
	if !from.Valid() || !to.Valid() {
		return c
	}
	c.in = make([]int16, 0, block)
	if from.Rate() != to.Rate() {
		c.resample = newResampler(from.Rate(), to.Rate())
		c.out = make([]int16, 0, block)
	}
	return c
}

// Append appends the converted frame to dst, without the last samples if they need the
// next frame to be computed: their length is [Converter.Delay]. A frame may end within a
// sample. Frames may have any length; the frame is not kept, and must not overlap with
// the room of dst.
func (c *Converter) Append(dst, frame []byte) []byte {
	size := c.from.SampleSize()
	if size == 0 || !c.to.Valid() || len(frame) == 0 {
		return dst
	}
	if len(c.odd) > 0 {
		c.odd = append(c.odd, frame[0])
		frame = frame[1:]
		dst = c.convert(dst, c.odd)
		c.odd = c.odd[:0]
	}
	whole := len(frame) - len(frame)%size
	dst = c.convert(dst, frame[:whole])
	c.odd = append(c.odd, frame[whole:]...)
	return dst
}

// AppendRest appends the samples that Append has held back, as if silence followed, and
// resets c. All outputs together then have the length of all inputs, rounded up to a
// sample.
func (c *Converter) AppendRest(dst []byte) []byte {
	if c.resample != nil {
		dst = c.push(dst, c.resample.silence())
	}
	c.Reset()
	return dst
}

// Reset forgets the sound so far, for a cut: what follows is converted as the beginning
// of another stream.
func (c *Converter) Reset() {
	c.odd = c.odd[:0]
	if c.resample != nil {
		c.resample.reset()
	}
}

// Delay returns the length of the sound that Append holds back: 3.75 ms if the lower
// rate is 8 kHz, 1.25 ms if it is 24 kHz, 0 between equal rates.
func (c *Converter) Delay() time.Duration {
	if c.resample == nil {
		return 0
	}
	return c.from.Duration(c.resample.filter.half * c.from.SampleSize())
}

// convert appends whole samples.
func (c *Converter) convert(dst, sound []byte) []byte {
	if c.from == c.to {
		return append(dst, sound...)
	}
	for part := range slices.Chunk(sound, block*c.from.SampleSize()) {
		c.in = c.from.AppendSamples(c.in[:0], part)
		if c.resample == nil {
			dst = c.to.AppendBytes(dst, c.in)
			continue
		}
		dst = c.push(dst, c.in)
	}
	return dst
}

// push resamples samples and appends the result.
func (c *Converter) push(dst []byte, samples []int16) []byte {
	c.resample.push(samples)
	for {
		c.out = c.resample.pull(c.out[:0:block])
		if len(c.out) == 0 {
			return dst
		}
		dst = c.to.AppendBytes(dst, c.out)
	}
}
