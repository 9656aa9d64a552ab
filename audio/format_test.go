package audio_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/audio"
)

var formats = []audio.Format{
	audio.PCM8k, audio.PCM16k, audio.PCM24k, audio.PCM48k, audio.PCM(44100), audio.ULaw, audio.ALaw,
}

func TestFormatArithmetic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		format audio.Format
		bytes  int
		want   time.Duration
	}{
		"pcm":     {audio.PCM24k, 48000, time.Second},
		"mu-law":  {audio.ULaw, 160, 20 * time.Millisecond},
		"A-law":   {audio.ALaw, 8, time.Millisecond},
		"CD":      {audio.PCM(44100), 882, 10 * time.Millisecond},
		"an hour": {audio.PCM24k, 48000 * 3600, time.Hour},
		"a year":  {audio.PCM48k, 96000 * 3600 * 24 * 365, 365 * 24 * time.Hour},
		"nothing": {audio.PCM24k, 0, 0},
	} {
		assert.Equal(t, c.want, c.format.Duration(c.bytes), name)
		assert.Equal(t, c.bytes, c.format.Bytes(c.want), name)
	}
	assert.Zero(t, audio.PCM24k.Bytes(-time.Second))
	assert.Zero(t, audio.PCM24k.Duration(-2))
	assert.Zero(t, audio.PCM24k.Bytes(20*time.Microsecond), "less than a sample")
	assert.Equal(t, audio.PCM16k.Duration(2), audio.PCM16k.Duration(3), "an incomplete sample does not play")
	assert.Equal(t, 882, audio.PCM(44100).Bytes(10*time.Millisecond+time.Microsecond), "whole samples")
}

func TestFormatsAreValues(t *testing.T) {
	t.Parallel()
	for format, c := range map[audio.Format]struct {
		rate, size int
		text       string
	}{
		audio.PCM8k:      {8000, 2, "pcm/8000"},
		audio.PCM24k:     {24000, 2, "pcm/24000"},
		audio.PCM(44100): {44100, 2, "pcm/44100"},
		audio.ULaw:       {8000, 1, "pcmu/8000"},
		audio.ALaw:       {8000, 1, "pcma/8000"},
	} {
		assert.True(t, format.Valid())
		assert.Equal(t, c.rate, format.Rate())
		assert.Equal(t, c.size, format.SampleSize())
		assert.Equal(t, c.text, format.String())
	}
	assert.Equal(t, audio.PCM24k, audio.PCM(24000))
}

func TestInvalidFormatsDoNothing(t *testing.T) {
	t.Parallel()
	for _, f := range []audio.Format{0, 7, audio.PCM(0), audio.PCM(-8000), audio.PCM(1 << 30), audio.ULaw + 1, 9<<24 | 8000, math.MaxUint32} {
		sound := []byte{1, 2, 3, 4}
		assert.False(t, f.Valid())
		assert.Equal(t, "invalid", f.String())
		assert.Zero(t, f.Rate())
		assert.Zero(t, f.SampleSize())
		assert.Zero(t, f.Bytes(time.Second))
		assert.Zero(t, f.Duration(100))
		assert.Empty(t, f.AppendSilence(nil, time.Second))
		assert.Empty(t, f.AppendTone(nil, 440, time.Second, 1))
		assert.Empty(t, f.AppendSamples(nil, sound))
		assert.Empty(t, f.AppendBytes(nil, []int16{1}))
		assert.Equal(t, math.Inf(-1), f.Level(sound))
		f.Gain(sound, 6)
		f.Fade(sound, 1, 0)
		f.Mix(sound, sound)
		assert.Equal(t, []byte{1, 2, 3, 4}, sound)
	}
}

func TestSilenceIsSilentInEveryFormat(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		sound := f.AppendSilence([]byte("head"), 20*time.Millisecond)
		assert.Equal(t, "head", string(sound[:4]))
		sound = sound[4:]
		assert.Equal(t, 20*time.Millisecond, f.Duration(len(sound)), f)
		for _, sample := range f.AppendSamples(nil, sound) {
			assert.LessOrEqual(t, sample, int16(8), f) // A-law has no zero.
			assert.GreaterOrEqual(t, sample, int16(0), f)
		}
		assert.Less(t, f.Level(sound), -70.0, f)
	}
}

func TestSamplesRoundTrip(t *testing.T) {
	t.Parallel()
	samples := []int16{0, 1, -1, math.MaxInt16, math.MinInt16}
	assert.Equal(t, samples, audio.PCM8k.AppendSamples(nil, audio.PCM8k.AppendBytes(nil, samples)))
	assert.Equal(t, []byte{0x34, 0x12}, audio.PCM8k.AppendBytes(nil, []int16{0x1234}), "little-endian")
	assert.Equal(t, []int16{1}, audio.PCM24k.AppendSamples(nil, []byte{1, 0, 9}), "an incomplete sample is ignored")
}

func TestToneHasItsLevelAndDoesNotClick(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		tone := f.AppendTone(nil, 440, time.Second, 0.5)
		assert.Equal(t, time.Second, f.Duration(len(tone)))
		assert.InDelta(t, -9.03, f.Level(tone), 0.1, f) // A sine of half scale, less its ramps.
		samples := f.AppendSamples(nil, tone)
		assert.LessOrEqual(t, samples[0], int16(8), f)
		assert.LessOrEqual(t, samples[len(samples)-1], int16(8), f)
	}
	assert.Empty(t, audio.PCM24k.AppendTone(nil, 440, 0, 1))
}

func TestLevelIsInDBFS(t *testing.T) {
	t.Parallel()
	square := audio.PCM8k.AppendBytes(nil, []int16{math.MinInt16, math.MinInt16})
	assert.InDelta(t, 0, audio.PCM8k.Level(square), 1e-9)
	assert.InDelta(t, -6.02, audio.PCM8k.Level(audio.PCM8k.AppendBytes(nil, []int16{16384, -16384})), 0.01)
	assert.InDelta(t, -3.01, audio.PCM48k.Level(audio.PCM48k.AppendTone(nil, 1000, 10*time.Second, 1)), 0.01)
	assert.Equal(t, math.Inf(-1), audio.PCM8k.Level(nil))
	assert.Equal(t, math.Inf(-1), audio.PCM8k.Level([]byte{1}), "no whole sample")
}

func TestGain(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, dB := range []float64{-20, -6, 6} {
			tone := f.AppendTone(nil, 300, 200*time.Millisecond, 0.3)
			before := f.Level(tone)
			f.Gain(tone, dB)
			assert.InDelta(t, before+dB, f.Level(tone), 0.15, "%v %v dB", f, dB)
		}
	}
	for dB, want := range map[float64][]int16{
		0:            {100, -100, 30000, -30000},
		20:           {1000, -1000, math.MaxInt16, math.MinInt16},
		math.Inf(-1): {0, 0, 0, 0},
		math.NaN():   {100, -100, 30000, -30000},
	} {
		sound := audio.PCM8k.AppendBytes(nil, []int16{100, -100, 30000, -30000})
		audio.PCM8k.Gain(sound, dB)
		assert.Equal(t, want, audio.PCM8k.AppendSamples(nil, sound), dB)
	}
	loud := audio.PCM8k.AppendBytes(nil, []int16{0, 1, -1})
	audio.PCM8k.Gain(loud, math.Inf(1))
	assert.Equal(t, []int16{0, math.MaxInt16, math.MinInt16}, audio.PCM8k.AppendSamples(nil, loud))
}

func TestFadeEndsInSilence(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		dc := make([]int16, f.Rate()/100)
		for i := range dc {
			dc[i] = 10000
		}
		out, in := f.AppendBytes(nil, dc), f.AppendBytes(nil, dc)
		f.Fade(out, 1, 0)
		f.Fade(in, 0, 1)
		faded, risen := f.AppendSamples(nil, out), f.AppendSamples(nil, in)
		assert.InDelta(t, 10000, faded[0], 400, f)
		assert.InDelta(t, 0, faded[len(faded)-1], 20, f)
		for i := range faded {
			if i > 0 {
				assert.LessOrEqual(t, faded[i], faded[i-1], f)
			}
			assert.InDelta(t, 10000, int(faded[i])+int(risen[i]), 600, "%v: both fades add up", f)
		}
	}
	audio.PCM8k.Fade(nil, 1, 0)
}

func TestMixClips(t *testing.T) {
	t.Parallel()
	mix := func(f audio.Format, dst, src []int16) []int16 {
		d := f.AppendBytes(nil, dst)
		f.Mix(d, f.AppendBytes(nil, src))
		return f.AppendSamples(nil, d)
	}
	assert.Equal(t, []int16{3, math.MaxInt16, math.MinInt16, -1},
		mix(audio.PCM8k, []int16{1, 30000, -30000, math.MinInt16}, []int16{2, 30000, -30000, math.MaxInt16}))
	assert.Equal(t, []int16{2, 5}, mix(audio.PCM8k, []int16{1, 5}, []int16{1}), "what has no counterpart stays")
	assert.Equal(t, []int16{2}, mix(audio.PCM8k, []int16{1}, []int16{1, 5}))
	for _, f := range []audio.Format{audio.ULaw, audio.ALaw} {
		assert.InDelta(t, 3000, mix(f, []int16{1000}, []int16{2000})[0], 100, f)
		assert.InDelta(t, math.MaxInt16, mix(f, []int16{30000}, []int16{30000})[0], 700, f)
	}
}

func TestFormatsDoNotAllocate(t *testing.T) {
	for _, f := range formats {
		tone := f.AppendTone(nil, 440, 20*time.Millisecond, 0.5)
		bytes, samples := make([]byte, 0, 2*len(tone)), make([]int16, 0, len(tone))
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			bytes = f.AppendSilence(bytes[:0], 20*time.Millisecond)
			bytes = f.AppendTone(bytes[:0], 440, 20*time.Millisecond, 0.1)
			samples = f.AppendSamples(samples[:0], bytes)
			bytes = f.AppendBytes(bytes[:0], samples)
			f.Gain(bytes, -1)
			f.Fade(bytes, 1, 0)
			f.Mix(bytes, tone)
			f.Level(bytes)
		}), f)
	}
}

func BenchmarkFormat(b *testing.B) {
	for _, f := range []audio.Format{audio.PCM24k, audio.ULaw, audio.ALaw} {
		frame := f.AppendTone(nil, 440, 20*time.Millisecond, 0.5)
		other := f.AppendSilence(nil, 20*time.Millisecond)
		samples := f.AppendSamples(nil, frame)
		dst := make([]byte, 0, len(frame))
		for name, do := range map[string]func(){
			"decode": func() { samples = f.AppendSamples(samples[:0], frame) },
			"encode": func() { dst = f.AppendBytes(dst[:0], samples) },
			"level":  func() { f.Level(frame) },
			"gain":   func() { f.Gain(frame, -0.001) },
			"mix":    func() { f.Mix(other, frame) },
		} {
			b.Run(f.String()+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(frame)))
				for b.Loop() {
					do()
				}
			})
		}
	}
}
