package audio

import (
	"math"
	"time"
)

// Tone returns a sine wave with the given sample rate and frequency in hertz, duration
// and amplitude (0 to 1). It fades in and out within 5 ms to avoid clicks.
func Tone(rate int, frequency float64, d time.Duration, amplitude float64) []int16 {
	n := int(d * time.Duration(rate) / time.Second)
	if n <= 0 {
		return nil
	}
	edge := min(rate/200, n/2)
	samples := make([]int16, n)
	for i := range samples {
		level := amplitude
		if near := min(i, n-1-i); near < edge {
			level *= float64(near) / float64(edge)
		}
		phase := 2 * math.Pi * frequency * float64(i) / float64(rate)
		samples[i] = int16(math.Round(level * math.MaxInt16 * math.Sin(phase)))
	}
	return samples
}

// Level returns the root mean square of samples, between 0 and 1.
func Level(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	var sum float64
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum/float64(len(samples))) / (math.MaxInt16 + 1)
}

// Resample converts samples to another rate: to a lower one by averaging, to a higher
// one by linear interpolation.
func Resample(samples []int16, from, to int) []int16 {
	if from == to || from <= 0 || to <= 0 || len(samples) == 0 {
		return samples
	}
	n := int(int64(len(samples)) * int64(to) / int64(from))
	out := make([]int16, n)
	for i := range out {
		if to < from {
			out[i] = average(samples, i, from, to)
		} else {
			out[i] = between(samples, i, from, to)
		}
	}
	return out
}

// average returns the mean of the input samples that output sample i covers.
func average(samples []int16, i, from, to int) int16 {
	first := int(int64(i) * int64(from) / int64(to))
	last := min(max(int(int64(i+1)*int64(from)/int64(to)), first+1), len(samples))
	sum := 0
	for _, s := range samples[first:last] {
		sum += int(s)
	}
	return int16(sum / (last - first)) //nolint:gosec // A mean of 16-bit values.
}

// between returns output sample i, interpolated between two input samples.
func between(samples []int16, i, from, to int) int16 {
	position := float64(i) * float64(from) / float64(to)
	at := int(position)
	next := min(at+1, len(samples)-1)
	part := position - float64(at)
	return int16(math.Round(float64(samples[at])*(1-part) + float64(samples[next])*part))
}
