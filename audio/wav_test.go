package audio_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

func readWAV(r io.Reader, o *audio.WAVOptions) ([]byte, *audio.WAV, error) {
	w, err := audio.ReadWAV(r, o)
	if err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(w)
	return data, w, err
}

func TestWAVRoundTrip(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, length := range []int{0, 1, 3, 1000} {
			sound := f.AppendTone(nil, 440, f.Duration(length*f.SampleSize()), 0.5)
			file, err := os.Create(filepath.Join(t.TempDir(), "x.wav"))
			require.NoError(t, err)
			defer file.Close()
			var stream bytes.Buffer
			for _, out := range []io.Writer{file, &stream} {
				w := audio.NewWAVWriter(out, f, 1)
				for part := range slices.Chunk(sound, 7) {
					_, err := w.Write(part)
					require.NoError(t, err)
				}
				require.NoError(t, w.Close())
				require.NoError(t, w.Close())
				_, err = w.Write([]byte{1})
				require.Error(t, err)
			}
			written, err := os.ReadFile(file.Name())
			require.NoError(t, err)
			assert.Equal(t, len(written)-8, int(binary.LittleEndian.Uint32(written[4:])))

			got, wav, err := readWAV(iotest.OneByteReader(bytes.NewReader(written)), nil)
			require.NoError(t, err)
			assert.Equal(t, f, wav.Format())
			assert.Equal(t, f.Duration(len(sound)), wav.Length())
			assert.True(t, bytes.Equal(sound, got), f)

			got, wav, err = readWAV(&stream, nil)
			require.NoError(t, err)
			assert.Zero(t, wav.Length(), "a stream does not know")
			assert.True(t, bytes.Equal(sound, got[:len(sound)]), f)
		}
	}
}

func TestStereoOnOneClock(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		left := f.AppendTone(nil, 440, 300*time.Millisecond, 0.5)
		right := f.AppendTone(nil, 700, 100*time.Millisecond, 0.5)
		var file bytes.Buffer
		w := audio.NewWAVWriter(&file, f, 2)
		require.NoError(t, w.WriteChannels(left, right))
		require.NoError(t, w.WriteChannels(nil, right))
		require.NoError(t, w.WriteChannels())
		require.NoError(t, w.Close())
		data := file.Bytes()

		got, _, err := readWAV(bytes.NewReader(data), &audio.WAVOptions{Channel: 1})
		require.NoError(t, err)
		assert.True(t, bytes.Equal(f.AppendSilence(left, 100*time.Millisecond), got), f)
		got, _, err = readWAV(bytes.NewReader(data), &audio.WAVOptions{Channel: 2})
		require.NoError(t, err)
		assert.True(t, bytes.Equal(append(f.AppendSilence(slices.Clone(right), 200*time.Millisecond), right...), got), f)
		require.ErrorContains(t, w.WriteChannels(left, right, left), "NewWAVWriter")
	}
	w := audio.NewWAVWriter(io.Discard, audio.PCM24k, 2)
	frame := audio.PCM24k.AppendSilence(nil, 20*time.Millisecond)
	require.NoError(t, w.WriteChannels(frame, frame))
}

// The parts of files that other programs write.
func wavFormat(code, channels, bits uint16, rest ...byte) []byte {
	le := binary.LittleEndian
	b := le.AppendUint16(nil, code)
	b = le.AppendUint16(b, channels)
	b = le.AppendUint32(b, 24000)
	b = le.AppendUint32(b, 24000*uint32(channels*bits/8))
	b = le.AppendUint16(b, channels*bits/8)
	b = le.AppendUint16(b, bits)
	return wavChunk("fmt ", append(b, rest...))
}

func wavChunk(name string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func wavFile(chunks ...[]byte) []byte {
	return append([]byte("RIFF\x00\x00\x00\x00WAVE"), bytes.Join(chunks, nil)...)
}

func TestWAVOfEveryEncoding(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	f32 := func(v ...float32) (b []byte) {
		for _, x := range v {
			b = le.AppendUint32(b, math.Float32bits(x))
		}
		return b
	}
	extensible := append([]byte{22, 0, 16, 0, 4, 0, 0, 0, 1, 0}, make([]byte, 14)...)
	list := wavChunk("LIST", []byte("abc"))
	for name, c := range map[string]struct {
		file []byte
		o    *audio.WAVOptions
		want []int16
	}{
		"16 bits":       {wavFile(wavFormat(1, 1, 16), wavChunk("data", []byte{1, 2})), nil, []int16{0x201}},
		"8 bits":        {wavFile(wavFormat(1, 1, 8), wavChunk("data", []byte{0, 128, 255})), nil, []int16{-32768, 0, 32512}},
		"24 bits":       {wavFile(wavFormat(1, 1, 24), wavChunk("data", []byte{0, 1, 2, 0, 0, 0x80})), nil, []int16{0x201, math.MinInt16}},
		"32 bits":       {wavFile(wavFormat(1, 1, 32), wavChunk("data", []byte{0, 0, 1, 2})), nil, []int16{0x201}},
		"float":         {wavFile(wavFormat(3, 1, 32), wavChunk("data", f32(0.5, -1, 2, float32(math.NaN())))), nil, []int16{16384, -32768, 32767, 0}},
		"double":        {wavFile(wavFormat(3, 1, 64), wavChunk("data", le.AppendUint64(nil, math.Float64bits(-0.25)))), nil, []int16{-8192}},
		"mu-law, 24k":   {wavFile(wavFormat(7, 1, 8), wavChunk("data", []byte{0xff, 0x80})), nil, []int16{0, 32124}},
		"extensible":    {wavFile(list, wavFormat(0xfffe, 1, 16, extensible...), list, wavChunk("data", []byte{1, 2}), list), nil, []int16{0x201}},
		"left":          {wavFile(wavFormat(1, 2, 16), wavChunk("data", []byte{1, 0, 3, 0})), &audio.WAVOptions{Channel: 1}, []int16{1}},
		"right":         {wavFile(wavFormat(1, 2, 16), wavChunk("data", []byte{1, 0, 3, 0})), &audio.WAVOptions{Channel: 2}, []int16{3}},
		"mix":           {wavFile(wavFormat(1, 2, 16), wavChunk("data", []byte{1, 0, 3, 0})), &audio.WAVOptions{Mix: true}, []int16{2}},
		"mix of mono":   {wavFile(wavFormat(1, 1, 16), wavChunk("data", []byte{1, 0})), &audio.WAVOptions{Mix: true}, []int16{1}},
		"sound first":   {wavFile(list, wavChunk("data", []byte{1, 2}), list, wavFormat(1, 1, 16)), nil, []int16{0x201}},
		"size 0":        {append(wavFile(wavFormat(1, 1, 16), wavChunk("data", nil)), 1, 2), nil, []int16{0x201}},
		"size -1":       {append(wavFile(wavFormat(1, 1, 16)), "data\xff\xff\xff\xff\x01\x02"...), nil, []int16{0x201}},
		"size of sox":   {append(wavFile(wavFormat(1, 1, 16)), "data\x00\xf0\xff\x7f\x01\x02"...), nil, []int16{0x201}},
		"half a sample": {wavFile(wavFormat(1, 1, 16), wavChunk("data", []byte{1, 2, 3})), nil, []int16{0x201}},
	} {
		got, wav, err := readWAV(bytes.NewReader(c.file), c.o)
		require.NoError(t, err, name)
		assert.Equal(t, audio.PCM24k, wav.Format(), name)
		assert.Equal(t, c.want, audio.PCM24k.AppendSamples(nil, got), name)
	}
}

func TestWAVErrorsTellWhatToDo(t *testing.T) {
	t.Parallel()
	plain, data := wavFormat(1, 1, 16), wavChunk("data", []byte{1, 2})
	stereo := wavFile(wavFormat(1, 2, 16), data)
	for name, c := range map[string]struct {
		file []byte
		o    *audio.WAVOptions
		is   error
		text string
	}{
		"two channels":       {stereo, nil, audio.ErrFormat, "WAVOptions.Channel, or all with WAVOptions.Mix"},
		"no such channel":    {stereo, &audio.WAVOptions{Channel: 3}, audio.ErrFormat, "from 1 to 2"},
		"both":               {stereo, &audio.WAVOptions{Channel: 1, Mix: true}, audio.ErrFormat, "set one"},
		"many channels":      {wavFile(wavFormat(1, 65, 8), data), nil, audio.ErrFormat, "1 to 64"},
		"ADPCM":              {wavFile(wavFormat(2, 1, 4), data), nil, audio.ErrFormat, "convert it"},
		"big-endian":         {[]byte("RIFX....WAVE"), nil, audio.ErrFormat, "convert it"},
		"not a WAV":          {[]byte("OggS....WAVE"), nil, audio.ErrFormat, "NewSource"},
		"no sound":           {wavFile(plain), nil, audio.ErrFormat, "write it again"},
		"short format":       {wavFile(wavChunk("fmt ", []byte{1, 0})), nil, audio.ErrFormat, "write it again"},
		"cut in the header":  {[]byte("RIFF"), nil, io.ErrUnexpectedEOF, ""},
		"cut in the format":  {wavFile(plain)[:20], nil, io.ErrUnexpectedEOF, ""},
		"cut in the data":    {wavFile(plain, data)[:45], nil, io.ErrUnexpectedEOF, "1 bytes before"},
		"cut in other":       {wavFile(wavChunk("LIST", []byte("abcdef")))[:22], nil, io.ErrUnexpectedEOF, ""},
		"empty":              {nil, nil, io.ErrUnexpectedEOF, ""},
		"hostile chunk size": {append(wavFile(), "LIST\xff\xff\xff\xff"...), nil, io.ErrUnexpectedEOF, ""},
	} {
		_, _, err := readWAV(bytes.NewReader(c.file), c.o)
		require.ErrorIs(t, err, c.is, name)
		assert.ErrorContains(t, err, c.text, name)
	}
	_, _, err := readWAV(io.MultiReader(bytes.NewReader(wavFile(data, plain))), nil)
	assert.ErrorContains(t, err, "io.ReadSeeker")
	_, _, err = readWAV(io.MultiReader(bytes.NewReader(stereo[:44]), idle{}), &audio.WAVOptions{Mix: true})
	assert.ErrorIs(t, err, io.ErrNoProgress)
}

func TestWAVWriterErrors(t *testing.T) {
	t.Parallel()
	_, err := audio.NewWAVWriter(brokenWriter{}, audio.PCM24k, 1).Write([]byte{1, 2})
	require.ErrorIs(t, err, os.ErrClosed)
	require.ErrorIs(t, audio.NewWAVWriter(brokenWriter{}, audio.PCM24k, 1).Close(), os.ErrClosed)
	require.ErrorIs(t, audio.NewWAVWriter(io.Discard, 0, 1).Close(), audio.ErrFormat)
	require.ErrorIs(t, audio.NewWAVWriter(io.Discard, audio.ULaw, 0).Close(), audio.ErrFormat)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWAVDoesNotAllocatePerFrame(t *testing.T) {
	frame := audio.PCM24k.AppendSilence(nil, 20*time.Millisecond)
	w := audio.NewWAVWriter(io.Discard, audio.PCM24k, 2)
	assert.Zero(t, testing.AllocsPerRun(50, func() { _ = w.WriteChannels(frame, frame) }))
	for _, c := range [][2]uint16{{1, 16}, {1, 24}, {3, 32}} {
		file := append(wavFile(wavFormat(c[0], 2, c[1])), "data\xff\xff\xff\xff"...)
		wav, err := audio.ReadWAV(io.MultiReader(bytes.NewReader(file), zeros{}), &audio.WAVOptions{Mix: true})
		require.NoError(t, err)
		assert.Zero(t, testing.AllocsPerRun(50, func() { _, _ = wav.Read(frame) }), c)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// FuzzReadWAV checks that sound that was read is the same after writing and reading it
// again.
func FuzzReadWAV(f *testing.F) {
	data := wavChunk("data", []byte{1, 2, 3, 4, 5, 6, 7, 8})
	for _, code := range []uint16{1, 3, 6, 7, 0xfffe} {
		for _, bits := range []uint16{8, 16, 24, 32, 64} {
			f.Add(wavFile(wavFormat(code, 1, bits), data), 0, false)
			f.Add(wavFile(wavFormat(code, 2, bits), data), 2, false)
		}
	}
	f.Add(wavFile(data, wavFormat(1, 2, 16)), 0, true)
	f.Add(append(wavFile(wavFormat(1, 1, 16)), "data\xff\xff\xff\xff1234"...), 0, false)
	f.Fuzz(func(t *testing.T, file []byte, channel int, mix bool) {
		sound, wav, err := readWAV(bytes.NewReader(file), &audio.WAVOptions{Channel: channel, Mix: mix})
		if err != nil {
			return
		}
		if len(sound)%wav.Format().SampleSize() != 0 {
			t.Fatal("part of a sample")
		}
		var again bytes.Buffer
		w := audio.NewWAVWriter(&again, wav.Format(), 2)
		if err := errOr(w.WriteChannels(sound, nil), w.Close()); err != nil {
			t.Fatal(err)
		}
		back, wav2, err := readWAV(&again, &audio.WAVOptions{Channel: 1})
		if err != nil || wav2.Format() != wav.Format() || !bytes.Equal(back, sound) {
			t.Fatalf("%v: %d bytes instead of %d", err, len(back), len(sound))
		}
	})
}

func errOr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
