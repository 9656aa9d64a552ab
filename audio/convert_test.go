package audio_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

// convert converts a sound in one frame.
func convert(sound []byte, from, to audio.Format) []byte {
	c := audio.NewConverter(from, to)
	return c.AppendRest(c.Append(nil, sound))
}

// rates are the sample rates of voice, and one whose ratio to the others is uncommon.
var rates = []int{8000, 11025, 16000, 22050, 24000, 44100, 48000, 44101}

// gain returns the level of a sine wave after conversion relative to that before, in
// decibels, without the edges of the sound.
func gain(from, to int, hertz float64) float64 {
	const length = 400 * time.Millisecond
	in, out := audio.PCM(from), audio.PCM(to)
	sine := make([]int16, in.Bytes(length)/2)
	for i := range sine {
		sine[i] = int16(math.Round(32000 * math.Sin(2*math.Pi*hertz*float64(i)/float64(from))))
	}
	sound := in.AppendBytes(nil, sine)
	got := convert(sound, in, out)
	middle := func(f audio.Format, p []byte) []byte {
		edge := f.Bytes(50 * time.Millisecond)
		return p[edge : len(p)-edge]
	}
	return out.Level(middle(out, got)) - in.Level(middle(in, sound))
}

func TestResamplingIsFlatInThePassBand(t *testing.T) {
	t.Parallel()
	for _, from := range rates {
		for _, to := range rates {
			nyquist := float64(min(from, to)) / 2
			for _, part := range []float64{0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.85} {
				assert.InDelta(t, 0, gain(from, to, part*nyquist), 0.5, "%d to %d at %.0f Hz", from, to, part*nyquist)
			}
		}
	}
}

func TestResamplingRejectsAliases(t *testing.T) {
	t.Parallel()
	for _, from := range rates {
		for _, to := range rates {
			low, high := float64(to)/2, float64(from)/2
			if low >= 0.95*high {
				continue
			}
			for _, part := range []float64{0.01, 0.05, 0.2, 0.4, 0.6, 0.9} {
				hertz := low + part*(high-low)
				assert.Less(t, gain(from, to, hertz), -60.0, "%d to %d at %.0f Hz", from, to, hertz)
			}
		}
	}
}

// What a higher rate adds to a sine wave is noise and images.
func TestResamplingAddsNoImages(t *testing.T) {
	t.Parallel()
	for _, from := range rates {
		for _, to := range rates {
			hertz := 0.8 * float64(min(from, to)) / 2
			assert.Greater(t, purity(t, from, to, hertz), 60.0, "%d to %d", from, to)
		}
	}
}

// purity returns the signal to noise ratio of a converted sine wave in decibels: what is
// left after the sine of the same frequency that fits best is noise.
func purity(t *testing.T, from, to int, hertz float64) float64 {
	t.Helper()
	in, out := audio.PCM(from), audio.PCM(to)
	sound := in.AppendTone(nil, hertz, 500*time.Millisecond, 0.9)
	samples := out.AppendSamples(nil, convert(sound, in, out))
	samples = samples[len(samples)/4 : len(samples)*3/4]
	return signalToNoise(samples, hertz, to)
}

func signalToNoise(samples []int16, hertz float64, rate int) float64 {
	// Least squares over sine and cosine.
	var ss, sc, cc, xs, xc float64
	for i, x := range samples {
		sin, cos := math.Sincos(2 * math.Pi * hertz * float64(i) / float64(rate))
		ss, sc, cc = ss+sin*sin, sc+sin*cos, cc+cos*cos
		xs, xc = xs+float64(x)*sin, xc+float64(x)*cos
	}
	det := ss*cc - sc*sc
	a, b := (xs*cc-xc*sc)/det, (xc*ss-xs*sc)/det
	var signal, noise float64
	for i, x := range samples {
		sin, cos := math.Sincos(2 * math.Pi * hertz * float64(i) / float64(rate))
		fit := a*sin + b*cos
		signal, noise = signal+fit*fit, noise+(float64(x)-fit)*(float64(x)-fit)
	}
	return 10 * math.Log10(signal/noise)
}

func TestConversionKeepsLengthAndTime(t *testing.T) {
	t.Parallel()
	for _, from := range formats {
		for _, to := range formats {
			for _, samples := range []int{0, 1, 7, 480, 4801} {
				in := make([]byte, samples*from.SampleSize())
				want := (samples*to.Rate() + from.Rate() - 1) / from.Rate() * to.SampleSize()
				assert.Len(t, convert(in, from, to), want, "%v to %v, %d samples", from, to, samples)
			}
			// A click stays where it is.
			click := from.AppendSilence(nil, time.Second)
			at := len(click) / 2
			copy(click[at:], from.AppendBytes(nil, []int16{30000}))
			peak, place := int16(0), 0
			for i, s := range to.AppendSamples(nil, convert(click, from, to)) {
				if s > peak {
					peak, place = s, i
				}
			}
			assert.InDelta(t, 500*time.Millisecond, time.Duration(place)*time.Second/time.Duration(to.Rate()), float64(200*time.Microsecond), "%v to %v", from, to)
		}
	}
}

func TestConversionDoesNotDependOnFrames(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, from := range formats {
		for _, to := range formats {
			sound := make([]byte, 6001*from.SampleSize())
			for i := range sound {
				sound[i] = byte(random.Uint32())
			}
			want := convert(sound, from, to)
			c := audio.NewConverter(from, to)
			for range 2 { // AppendRest makes the converter as new.
				var got []byte
				for rest := sound; len(rest) > 0; {
					n := min(1+random.IntN(700), len(rest)) // Odd lengths cut samples.
					got, rest = c.Append(got, rest[:n]), rest[n:]
				}
				got = c.AppendRest(got)
				require.True(t, bytes.Equal(want, got), "%v to %v", from, to)
			}
			c.Append(nil, sound[:777])
			c.Reset()
			require.True(t, bytes.Equal(want, c.AppendRest(c.Append(nil, sound))), "%v to %v after Reset", from, to)
		}
	}
}

func TestDelayIsWhatIsHeldBack(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 3750*time.Microsecond, audio.NewConverter(audio.ULaw, audio.PCM24k).Delay())
	assert.Equal(t, 3750*time.Microsecond, audio.NewConverter(audio.PCM24k, audio.ULaw).Delay())
	assert.Equal(t, 1250*time.Microsecond, audio.NewConverter(audio.PCM24k, audio.PCM48k).Delay())
	assert.Zero(t, audio.NewConverter(audio.ULaw, audio.PCM8k).Delay())
	for _, from := range formats {
		for _, to := range formats {
			c := audio.NewConverter(from, to)
			got := c.Append(nil, from.AppendSilence(nil, time.Second))
			assert.InDelta(t, time.Second-c.Delay(), to.Duration(len(got)), float64(time.Second)/8000+1, "%v to %v", from, to)
		}
	}
}

func TestConverterDoesNotAllocate(t *testing.T) {
	for _, from := range formats {
		for _, to := range formats {
			c := audio.NewConverter(from, to)
			frame := from.AppendTone(nil, 440, 20*time.Millisecond, 0.5)
			dst := make([]byte, 0, 8000)
			c.Append(dst, frame)
			assert.Zero(t, testing.AllocsPerRun(50, func() { c.Append(dst, frame) }), "%v to %v", from, to)
		}
	}
}

func TestInvalidFormatsConvertToNothing(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]audio.Format{{0, audio.PCM8k}, {audio.PCM8k, 0}} {
		c := audio.NewConverter(pair[0], pair[1])
		assert.Empty(t, c.AppendRest(c.Append(nil, []byte{1, 2, 3})))
		assert.Zero(t, c.Delay())
		_, err := audio.Convert(audio.NewSource(bytes.NewReader(nil), pair[0]), pair[1]).Read(make([]byte, 10))
		require.ErrorIs(t, err, audio.ErrFormat)
		assert.ErrorContains(t, err, "use a constant")
	}
}

func TestConvertedSource(t *testing.T) {
	t.Parallel()
	sound := audio.PCM24k.AppendTone(nil, 440, 300*time.Millisecond, 0.5)
	for _, to := range formats {
		src := audio.Convert(audio.NewSource(iotest.OneByteReader(bytes.NewReader(sound)), audio.PCM24k), to)
		assert.Equal(t, to, src.Format())
		got, err := io.ReadAll(src)
		require.NoError(t, err)
		assert.Equal(t, convert(sound, audio.PCM24k, to), got, to)
	}
	broken := errors.New("broken")
	got, err := io.ReadAll(audio.NewSource(io.MultiReader(bytes.NewReader(sound), iotest.ErrReader(broken)), audio.PCM24k))
	require.ErrorIs(t, err, broken)
	assert.Equal(t, sound, got, "what came before the error is returned")
	_, err = audio.NewSource(bytes.NewReader(sound), audio.PCM24k).Read(make([]byte, 1))
	require.ErrorIs(t, err, io.ErrShortBuffer)
	_, err = io.ReadAll(audio.NewSource(idle{}, audio.PCM24k))
	require.ErrorIs(t, err, io.ErrNoProgress)
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestFramer(t *testing.T) {
	f := audio.Framer{Size: 4}
	_, ok := f.Next()
	assert.False(t, ok)
	assert.Nil(t, f.Rest(audio.ULaw))
	f.Push([]byte("abcdefghij"))
	var got []string
	for frame, ok := f.Next(); ok; frame, ok = f.Next() {
		got = append(got, string(frame))
	}
	assert.Equal(t, []string{"abcd", "efgh"}, got)
	f.Push([]byte("k"))
	assert.Equal(t, "ijk\xff", string(f.Rest(audio.ULaw)))
	assert.Nil(t, f.Rest(audio.ULaw))
	f.Push([]byte("xyz"))
	f.Reset()
	f.Push([]byte("12345"))
	frame, ok := f.Next()
	assert.True(t, ok)
	assert.Equal(t, "1234", string(frame))
	assert.Equal(t, "5\x00\x00\x00", string(f.Rest(audio.PCM8k)))
	var none audio.Framer
	none.Push([]byte("abc"))
	_, ok = none.Next()
	assert.False(t, ok)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		f.Push([]byte("abcdefg"))
		for _, ok := f.Next(); ok; _, ok = f.Next() {
		}
	}))
}

func TestPacer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		frame := audio.ULaw.Bytes(20 * time.Millisecond)
		run := func(p *audio.Pacer, late time.Duration) time.Duration {
			start := time.Now()
			for i := range 51 {
				require.NoError(t, p.Wait(t.Context(), frame))
				if i < 40 {
					time.Sleep(late)
				}
			}
			return time.Since(start)
		}
		assert.Equal(t, time.Second, run(&audio.Pacer{Format: audio.ULaw}, 0))
		assert.Equal(t, time.Second, run(&audio.Pacer{Format: audio.ULaw}, 7*time.Millisecond), "no drift")
		assert.Equal(t, 500*time.Millisecond, run(&audio.Pacer{Format: audio.ULaw, Speed: 2}, 0))
		p := &audio.Pacer{Format: audio.ULaw, Ahead: 300 * time.Millisecond}
		assert.Equal(t, 700*time.Millisecond, run(p, 0))
		p.Reset()
		assert.Equal(t, 700*time.Millisecond, run(p, 0))

		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("over")
		cancel(cause)
		require.ErrorIs(t, p.Wait(ctx, frame), cause)
		require.ErrorIs(t, new(audio.Pacer).Wait(t.Context(), 1), audio.ErrFormat)
	})
}

func BenchmarkConverter(b *testing.B) {
	for _, pair := range [][2]audio.Format{
		{audio.ULaw, audio.PCM24k},
		{audio.PCM24k, audio.ULaw},
		{audio.PCM(44100), audio.PCM24k},
		{audio.PCM24k, audio.PCM48k},
		{audio.ULaw, audio.PCM8k},
	} {
		b.Run(pair[0].String()+" to "+pair[1].String(), func(b *testing.B) {
			c := audio.NewConverter(pair[0], pair[1])
			frame := pair[0].AppendTone(nil, 440, 20*time.Millisecond, 0.5)
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				dst = c.Append(dst[:0], frame)
			}
		})
	}
}
