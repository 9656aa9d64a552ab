package audio

import "math"

// The filter is a sinc in a Kaiser window, designed for a pass band up to 85 % of half
// the lower rate and a stop band of 70 dB from half the lower rate on.
const (
	halfTaps  = 30                  // Half of the filter, in samples of the lower rate.
	kaiser    = 0.1102 * (70 - 8.7) // The window's shape for 70 dB.
	cutoff    = (0.85 + 1.0) / 2    // The middle of the transition, relative to half the lower rate.
	maxTable  = 1 << 16             // Coefficients of a filter with exact phases.
	finePhase = 512                 // Phases per sample of the lower rate where they are interpolated.
)

// filter is the impulse response at a number of phases, that is, of places between two
// input samples. Coefficient j of phase p belongs to the input sample j-half+1 places
// after the one before the output sample, which is p/phases behind it.
type filter struct {
	half   int
	phases int
	taps   []float32 // phases+1 rows of 2*half; the last row is the first, one sample later.
}

// row returns the coefficients of a phase.
func (f *filter) row(phase int) []float32 {
	return f.taps[phase*2*f.half:][:2*f.half]
}

// newFilter returns the filter between two rates that are relatively prime.
func newFilter(from, to int) *filter {
	ratio := max(1, float64(from)/float64(to))
	f := &filter{half: int(math.Ceil(halfTaps * ratio)), phases: to}
	if 2*f.half*to > maxTable {
		// Interpolation between so many phases has an error below -100 dB.
		f.phases = max(int(finePhase/ratio), 1)
	}
	f.taps = make([]float32, (f.phases+1)*2*f.half)
	scale := cutoff / ratio
	row := make([]float64, 2*f.half)
	for phase := range f.phases + 1 {
		sum := 0.0
		for j := range row {
			t := float64(j-f.half+1) - float64(phase)/float64(f.phases)
			row[j] = sinc(scale*t) * window(t/float64(f.half))
			sum += row[j]
		}
		for j, v := range row {
			f.row(phase)[j] = float32(v / sum)
		}
	}
	return f
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// window returns the Kaiser window at x; it is 0 outside -1 to 1.
func window(x float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return bessel(kaiser*math.Sqrt(1-x*x)) / bessel(kaiser)
}

// bessel returns the modified Bessel function of the first kind and order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= (x / (2 * k)) * (x / (2 * k))
		sum += term
	}
	return sum
}

// resampler is the filter over a stream. Output sample k lies at the input sample
// k*from/to; it is computed when half a filter of input follows it.
type resampler struct {
	from, to int // Relatively prime.
	filter   *filter
	input    []float32 // The samples that are still needed, in order.
	at, part int       // The next output sample lies at input[at] + part/to, 0 ≤ part < to.
	quiet    []int16   // Half a filter of silence.
}

func newResampler(from, to int) *resampler {
	d := gcd(from, to)
	r := &resampler{from: from / d, to: to / d}
	r.filter = newFilter(r.from, r.to)
	r.input = make([]float32, 0, 4*r.filter.half+block)
	r.quiet = make([]int16, r.filter.half)
	r.reset()
	return r
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (r *resampler) reset() {
	r.input = r.input[:r.filter.half]
	clear(r.input)
	r.at, r.part = r.filter.half, 0
}

// silence returns the input that completes the last sample.
func (r *resampler) silence() []int16 { return r.quiet }

// push appends input.
func (r *resampler) push(samples []int16) {
	// What lies before the window of the next output sample is not needed.
	if drop := min(r.at-r.filter.half+1, len(r.input)); drop > 0 {
		r.input = r.input[:copy(r.input, r.input[drop:])]
		r.at -= drop
	}
	for _, s := range samples {
		r.input = append(r.input, float32(s))
	}
}

// pull appends output to dst until its room or the input is used up.
func (r *resampler) pull(dst []int16) []int16 {
	for len(dst) < cap(dst) && r.at+r.filter.half < len(r.input) {
		dst = append(dst, clip(float64(r.sample())))
		r.part += r.from
		r.at += r.part / r.to
		r.part %= r.to
	}
	return dst
}

// sample returns the next output sample.
func (r *resampler) sample() float32 {
	in := r.input[r.at-r.filter.half+1:][:2*r.filter.half]
	if r.filter.phases == r.to {
		return dot(r.filter.row(r.part), in)
	}
	place := float64(r.part) / float64(r.to) * float64(r.filter.phases)
	phase := int(place)
	share := float32(place - float64(phase))
	return (1-share)*dot(r.filter.row(phase), in) + share*dot(r.filter.row(phase+1), in)
}

// dot returns the sum of the products. Both have the same even length.
func dot(a, b []float32) float32 {
	var even, odd float32
	b = b[:len(a)]
	for i := 0; i+1 < len(a); i += 2 {
		even += a[i] * b[i]
		odd += a[i+1] * b[i+1]
	}
	return even + odd
}
