package sound

import (
	"bytes"
	"compress/gzip"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tone is a sine wave of a length in milliseconds, with a peak.
func tone(ms int, hertz, peak float64) []int16 {
	out := make([]int16, ms*Rate/1000)
	for i := range out {
		out[i] = int16(peak * math.Sin(2*math.Pi*hertz*float64(i)/Rate))
	}
	return out
}

func silence(ms int) []int16 { return make([]int16, ms*Rate/1000) }

// ratio is the ratio of signal to noise in dB.
func ratio(want, got []int16) float64 {
	signal, noise := 0.0, 1.0
	for i := range want {
		signal += float64(want[i]) * float64(want[i])
		noise += math.Pow(float64(want[i])-float64(got[i]), 2)
	}
	return 10 * math.Log10(signal/noise)
}

func TestCodesKeepTheSound(t *testing.T) {
	t.Parallel()
	sound := tone(500, 440, 12_000)
	for bits, least := range map[int]float64{4: 25, 3: 15, 2: 6} {
		codes := appendCodes(nil, sound, bits)
		assert.Len(t, codes, (len(sound)*bits+7)/8)
		got := decode(codes, len(sound), bits)
		require.Len(t, got, len(sound))
		assert.Greater(t, ratio(sound, got), least, "%d bits", bits)
	}
}

// Codes of 4 bits are those of the standard: SoX decodes these to the same samples.
func TestCodesAreTheStandardOnes(t *testing.T) {
	t.Parallel()
	codes := []byte{0x77, 0x77, 0x8f, 0x03, 0xc9}
	assert.Equal(t, []int16{11, 41, 104, 240, 221, -45, -7, 235, -49, -163}, decode(codes, 10, 4))
	// Those of 3 and 2 bits have no standard; the script of the page has the same values.
	assert.Equal(t, []int16{11, 5, -5, -20, -2, -18, -8, -30, -26, -23}, decode(codes, 10, 3))
	assert.Equal(t, []int16{10, -3, 13, -6, 18, -10, 24, -18, -35, -20}, decode(codes, 10, 2))
}

func TestAnySamplesCanBeCoded(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		sound := make([]int16, random.IntN(100))
		for i := range sound {
			sound[i] = int16(random.IntN(65536) - 32768)
		}
		for _, way := range ways {
			assert.Len(t, decode(appendCodes(nil, sound, way.bits), len(sound), way.bits), len(sound))
		}
	}
}

func unpack(t *testing.T, p Packed) [][]int16 {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(p.Data))
	require.NoError(t, err)
	codes, err := io.ReadAll(z)
	require.NoError(t, err)
	var all [][]int16
	for _, part := range p.Parts {
		all = append(all, decode(codes[:part.Bytes], part.Samples, p.Bits))
		codes = codes[part.Bytes:]
	}
	assert.Empty(t, codes)
	return all
}

func TestPauseIsLeftOut(t *testing.T) {
	t.Parallel()
	sound := append(append(append(silence(1000), tone(500, 300, 9000)...), silence(2000)...), tone(400, 300, 9000)...)
	p, err := Pack([]Clip{{Agent, 5 * time.Second, sound}}, 1<<20)
	require.NoError(t, err)
	require.Len(t, p.Parts, 2)
	assert.Equal(t, Part{Agent, 5970 * time.Millisecond, 560 * 8, 560 * 4}, p.Parts[0])
	assert.Equal(t, 8470*time.Millisecond, p.Parts[1].At)
	assert.Greater(t, ratio(sound[970*8:1500*8], unpack(t, p)[0]), 20.0)
	p, err = Pack([]Clip{{Agent, 0, silence(9000)}}, 1<<20)
	require.NoError(t, err)
	assert.Empty(t, p.Parts)
}

func TestLessRoomTakesASmallerWay(t *testing.T) {
	t.Parallel()
	clips := []Clip{{Caller, 0, tone(8000, 300, 9000)}, {Agent, 4 * time.Second, tone(8000, 500, 9000)}}
	last := 1 << 30
	var got []int
	for limit := 80_000; limit > 0; limit -= 500 {
		p, err := Pack(clips, limit)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(p.Data), limit)
		assert.LessOrEqual(t, p.Bits, last)
		if p.Bits != last || len(got) == 0 {
			got = append(got, p.Bits)
		}
		last = p.Bits
		if p.Mixed {
			require.Len(t, p.Parts, 1)
			assert.InDelta(t, 12*Rate, p.Parts[0].Samples, 500)
		}
	}
	assert.Equal(t, 0, got[len(got)-1])
	assert.Equal(t, 4, got[0])
}

func TestMixAddsAndClips(t *testing.T) {
	t.Parallel()
	mixed := mix([]Clip{{Agent, time.Second, []int16{30_000, 1, 2}}, {Caller, time.Second, []int16{30_000}}, {Caller, 3 * time.Second, []int16{7}}})
	assert.Equal(t, []Clip{{Caller, time.Second, []int16{32_767, 1, 2}}, {Caller, 3 * time.Second, []int16{7}}}, mixed)
}

func TestLevels(t *testing.T) {
	t.Parallel()
	l := NewLevels(100*time.Millisecond, 10*time.Millisecond)
	require.Len(t, l.At, 10)
	l.Draw(20*time.Millisecond, 40*time.Millisecond, []int16{0, -32768, 0, 0})
	l.Fill(-time.Second, 15*time.Millisecond, 9)
	l.Fill(85*time.Millisecond, time.Second, 7)
	l.Draw(95*time.Millisecond, 500*time.Millisecond, tone(10, 400, 1000))
	assert.Equal(t, []byte{9, 9, 255, 0, 0, 0, 0, 0, 7, 7}, l.At)
	quietly := &Levels{Span: time.Millisecond, At: []byte{20, 10, 0}}
	assert.InDelta(t, 6, quietly.Stretch(), 0.01)
	assert.Equal(t, []byte{120, 60, 0}, quietly.At)
}
