package audio_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/audio"
)

// The digests are of tables made by CPython's audioop module, which contains Sun's
// g711.c: an independent implementation.
func TestG711AgreesWithAnIndependentTable(t *testing.T) {
	t.Parallel()
	codes := make([]byte, 256)
	for i := range codes {
		codes[i] = byte(i)
	}
	var all, positive []int16
	for s := math.MinInt16; s <= math.MaxInt16; s++ {
		all = append(all, int16(s))
		if s >= 0 {
			positive = append(positive, int16(s))
		}
	}
	pcm := func(f audio.Format) []byte { return audio.PCM24k.AppendBytes(nil, f.AppendSamples(nil, codes)) }
	for name, c := range map[string]struct {
		got  []byte
		want string
	}{
		"mu-law decode": {pcm(audio.MuLaw8k), "3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827"},
		"A-law decode":  {pcm(audio.ALaw8k), "e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174"},
		"A-law encode":  {audio.ALaw8k.AppendBytes(nil, all), "38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b"},
		// Sun's code rounds negative samples at segment edges in the other direction
		// than G.191.
		"mu-law encode": {audio.MuLaw8k.AppendBytes(nil, positive), "912062bf9c931c7ebc1dc1fd1d74faf0cfefcd47e8408a3ed4d07aa59f0f1c20"},
	} {
		sum := sha256.Sum256(c.got)
		assert.Equal(t, c.want, hex.EncodeToString(sum[:]), name)
	}
}

func TestG711RoundTrips(t *testing.T) {
	t.Parallel()
	for code := range 256 {
		assert.Equal(t, byte(code), audio.EncodeALaw(audio.DecodeALaw(byte(code))))
		if code == 0x7f { // Negative zero decodes to 0, which encodes as positive.
			continue
		}
		assert.Equal(t, byte(code), audio.EncodeMuLaw(audio.DecodeMuLaw(byte(code))))
	}
	for s := math.MinInt16; s <= math.MaxInt16; s++ { // Negatives mirror positives by one's complement.
		sample := int16(s)
		require.Equal(t, audio.EncodeMuLaw(sample), audio.EncodeMuLaw(^sample)^0x80)
		require.Equal(t, audio.EncodeALaw(sample), audio.EncodeALaw(^sample)^0x80)
	}
}

func TestFormatArithmetic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		format audio.Format
		bytes  int
		want   time.Duration
	}{
		"pcm":     {audio.PCM24k, 48000, time.Second},
		"mu-law":  {audio.MuLaw8k, 160, 20 * time.Millisecond},
		"A-law":   {audio.ALaw8k, 8, time.Millisecond},
		"an hour": {audio.PCM24k, 48000 * 3600, time.Hour},
		"nothing": {audio.PCM24k, 0, 0},
	} {
		assert.Equal(t, c.want, c.format.Duration(c.bytes), name)
		assert.Equal(t, c.bytes, c.format.Bytes(c.want), name)
		assert.Equal(t, int(c.want.Milliseconds()), c.format.Milliseconds(c.bytes), name)
	}
	assert.Zero(t, audio.PCM24k.Bytes(-time.Second))
	assert.Zero(t, audio.Format{}.Duration(10))
	assert.Zero(t, audio.PCM24k.Bytes(20*time.Microsecond), "less than a sample")
	assert.Equal(t, []int16{1}, audio.PCM24k.AppendSamples(nil, []byte{1, 0, 9}), "an odd byte is dropped")
}

func TestToneAndLevel(t *testing.T) {
	t.Parallel()
	tone := audio.Tone(24000, 440, time.Second, 0.5)
	require.Len(t, tone, 24000)
	assert.InDelta(t, 0.5/math.Sqrt2, audio.Level(tone), 0.01)
	assert.Zero(t, tone[0], "the tone must start at zero")
	assert.Empty(t, audio.Tone(24000, 440, 0, 1))
	assert.Zero(t, audio.Level(nil))
}

func TestConvertKeepsDurationAndLevel(t *testing.T) {
	t.Parallel()
	tone := audio.Tone(24000, 300, 500*time.Millisecond, 0.5)
	pcm := audio.PCM24k.AppendBytes(nil, tone)
	for name, format := range map[string]audio.Format{"mu-law": audio.MuLaw8k, "A-law": audio.ALaw8k} {
		narrow := audio.Convert(pcm, audio.PCM24k, format)
		assert.Equal(t, 500, format.Milliseconds(len(narrow)), name)
		back := audio.Convert(narrow, format, audio.PCM24k)
		assert.Len(t, back, len(pcm), name)
		level := audio.Level(audio.PCM24k.AppendSamples(nil, back))
		assert.InDelta(t, audio.Level(tone), level, 0.02, name)
	}
	assert.Same(t, &pcm[0], &audio.Convert(pcm, audio.PCM24k, audio.PCM24k)[0])
}

func TestWAVRoundTrip(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		format audio.Format
		data   []byte
	}{
		"pcm":         {audio.PCM24k, []byte{1, 2, 3, 4}},
		"mu-law, odd": {audio.MuLaw8k, []byte{1, 2, 3}},
		"A-law":       {audio.ALaw8k, []byte{1, 2}},
		"empty":       {audio.PCM24k, []byte{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var whole bytes.Buffer
			require.NoError(t, audio.WriteWAV(&whole, c.data, c.format))

			file, err := os.Create(filepath.Join(t.TempDir(), "x.wav"))
			require.NoError(t, err)
			defer file.Close()
			w, err := audio.NewWAVWriter(file, c.format)
			require.NoError(t, err)
			for _, b := range c.data {
				_, err := w.Write([]byte{b})
				require.NoError(t, err)
			}
			require.NoError(t, w.Close())
			require.NoError(t, w.Close())
			streamed, err := os.ReadFile(file.Name())
			require.NoError(t, err)
			assert.Equal(t, whole.Bytes(), streamed)

			data, format, err := audio.ReadWAV(iotest.OneByteReader(bytes.NewReader(streamed)))
			require.NoError(t, err)
			assert.Equal(t, c.format, format)
			assert.Equal(t, c.data, data)
		})
	}
}

func TestWAVWriterWithoutSeekerLeavesAStream(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w, err := audio.NewWAVWriter(&out, audio.PCM24k)
	require.NoError(t, err)
	_, err = w.Write([]byte{1, 2})
	require.NoError(t, err)
	require.NoError(t, w.Close())
	data, _, err := audio.ReadWAV(&out)
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 2}, data)
}

func TestWAVReaderReadsForeignFiles(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	format := func(code, channels, bits uint16, rest ...byte) []byte {
		b := le.AppendUint16(nil, code)
		b = le.AppendUint16(b, channels)
		b = le.AppendUint32(b, 24000)
		b = le.AppendUint32(b, 48000)
		b = le.AppendUint16(b, 2)
		b = le.AppendUint16(b, bits)
		return append(b, rest...)
	}
	chunk := func(name string, body []byte) []byte {
		b := le.AppendUint32([]byte(name), uint32(len(body)))
		b = append(b, body...)
		if len(body)%2 == 1 {
			b = append(b, 0)
		}
		return b
	}
	file := func(chunks ...[]byte) []byte {
		return append([]byte("RIFF\x00\x00\x00\x00WAVE"), bytes.Join(chunks, nil)...)
	}
	extensible := append([]byte{22, 0, 16, 0, 4, 0, 0, 0, wavPCM, 0}, make([]byte, 14)...)
	plain, data := chunk("fmt ", format(wavPCM, 1, 16)), chunk("data", []byte{1, 2})
	for name, c := range map[string]struct {
		file []byte
		err  error
	}{
		"extensible, with a list before": {file: file(chunk("LIST", []byte("abc")), chunk("fmt ", format(0xfffe, 1, 16, extensible...)), data)},
		"trailing chunk":                 {file: file(plain, data, chunk("LIST", []byte("x")))},
		"stereo":                         {file(chunk("fmt ", format(wavPCM, 2, 16)), data), audio.ErrFormat},
		"24 bits":                        {file(chunk("fmt ", format(wavPCM, 1, 24)), data), audio.ErrFormat},
		"float":                          {file(chunk("fmt ", format(3, 1, 32)), data), audio.ErrFormat},
		"data first":                     {file(data, plain), audio.ErrFormat},
		"no data":                        {file(plain), audio.ErrFormat},
		"short fmt":                      {file(chunk("fmt ", []byte{1, 0})), audio.ErrFormat},
		"not RIFF":                       {[]byte("OggS....WAVE"), audio.ErrFormat},
		"cut in the header":              {[]byte("RIFF"), io.ErrUnexpectedEOF},
		"cut in the format":              {file(plain)[:20], io.ErrUnexpectedEOF},
		"cut in the data":                {file(plain, data)[:45], io.ErrUnexpectedEOF},
		"cut in a skipped chunk":         {file(chunk("LIST", []byte("abcdef")))[:22], io.ErrUnexpectedEOF},
		"empty":                          {nil, io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, err := audio.ReadWAV(bytes.NewReader(c.file))
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, []byte{1, 2}, got)
		})
	}
}

const wavPCM = 1

func TestWAVWriterReportsTheWritersError(t *testing.T) {
	t.Parallel()
	_, err := audio.NewWAVWriter(brokenWriter{}, audio.PCM24k)
	require.ErrorIs(t, err, os.ErrClosed)
	require.ErrorIs(t, audio.WriteWAV(brokenWriter{}, nil, audio.PCM24k), os.ErrClosed)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }
