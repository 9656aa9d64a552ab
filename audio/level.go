package audio

import (
	"math"
	"time"
)

// Level returns the root mean square of p in dBFS. A square wave at full scale has 0
// dBFS, a sine wave at full scale -3.01, speech on a telephone about -25. Digital
// silence, and a p without a whole sample, have negative infinity; A-law has no zero, its
// silence has -72 dBFS.
func (f Format) Level(p []byte) float64 {
	n := f.samples(len(p))
	if n == 0 {
		return math.Inf(-1)
	}
	var sum float64
	for i := range n {
		s := float64(f.at(p, i))
		sum += s * s
	}
	return 10 * math.Log10(sum/float64(n)/(fullScale*fullScale))
}

// fullScale is the magnitude of the most negative sample.
const fullScale = 1 << 15

// Gain makes p louder by dB decibels, or quieter if dB is negative, in place. Samples
// that would exceed full scale are clipped. Negative infinity makes p silent.
func (f Format) Gain(p []byte, dB float64) {
	factor := math.Pow(10, dB/20)
	if factor == 1 || math.IsNaN(factor) {
		return
	}
	for i := range f.samples(len(p)) {
		f.set(p, i, clip(float64(f.at(p, i))*factor))
	}
}

// Fade scales p in place by a factor that goes from one value to another over the length
// of p: from 1 to 0 it fades out, from 0 to 1 it fades in. A fade of 5 ms makes a cut
// inaudible. The factor follows half a cosine.
func (f Format) Fade(p []byte, from, to float64) {
	n := f.samples(len(p))
	for i := range n {
		part := (1 - math.Cos(math.Pi*(float64(i)+0.5)/float64(n))) / 2
		f.set(p, i, clip(float64(f.at(p, i))*(from+(to-from)*part)))
	}
}

// Mix adds the sound src to dst, in place. Sums that exceed full scale are clipped. What
// src has beyond the length of dst is not used.
func (f Format) Mix(dst, src []byte) {
	for i := range f.samples(min(len(dst), len(src))) {
		sum := int32(f.at(dst, i)) + int32(f.at(src, i))
		f.set(dst, i, int16(min(max(sum, math.MinInt16), math.MaxInt16)))
	}
}

// AppendTone appends a sine wave of a frequency in hertz and a peak amplitude between 0
// and 1 (full scale). It starts and ends with a ramp of 5 ms, so that it does not click.
func (f Format) AppendTone(dst []byte, hertz float64, d time.Duration, amplitude float64) []byte {
	start := len(dst)
	dst = f.AppendSilence(dst, d)
	tone := dst[start:]
	n := f.samples(len(tone))
	edge := min(f.Rate()/200, n/2)
	step := 2 * math.Pi * hertz / float64(f.Rate())
	for i := range n {
		level := amplitude * math.MaxInt16
		if near := min(i, n-1-i); near < edge {
			level *= float64(near) / float64(edge)
		}
		f.set(tone, i, clip(level*math.Sin(step*float64(i))))
	}
	return dst
}

// clip rounds a value to a sample, within full scale. What is not a number is 0.
func clip(v float64) int16 {
	if math.IsNaN(v) {
		return 0
	}
	return int16(math.Round(min(max(v, math.MinInt16), math.MaxInt16)))
}
