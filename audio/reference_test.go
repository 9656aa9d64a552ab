package audio_test

import (
	"bytes"
	"math"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

// run runs a program with data on its standard input and returns its output. The test is
// skipped if the program is missing.
func run(t *testing.T, data []byte, program string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is missing", program)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(data), &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	return out
}

// speechLike returns tones within the pass band of a rate of 8 kHz.
func speechLike(f audio.Format) []byte {
	sound := f.AppendSilence(nil, time.Second)
	for _, hertz := range []float64{210, 430, 910, 1730, 2650, 3190} {
		f.Mix(sound, f.AppendTone(nil, hertz, time.Second, 0.12))
	}
	return sound
}

// snr returns the ratio of want to its difference from got, in decibels, without edges.
func snr(t *testing.T, want, got []int16) float64 {
	t.Helper()
	require.InDelta(t, len(want), len(got), 1)
	var signal, noise float64
	for i := len(want) / 10; i < len(want)*9/10; i++ {
		d := float64(want[i]) - float64(got[i])
		signal, noise = signal+float64(want[i])*float64(want[i]), noise+d*d
	}
	return 10 * math.Log10(signal/max(noise, 1e-9))
}

func raw(f audio.Format) []string {
	encoding := map[audio.Format][]string{audio.ULaw: {"mu-law", "8"}, audio.ALaw: {"a-law", "8"}}[f]
	if encoding == nil {
		encoding = []string{"signed-integer", "16"}
	}
	return []string{"-t", "raw", "-r", strconv.Itoa(f.Rate()), "-c", "1", "-e", encoding[0], "-b", encoding[1], "-L"}
}

func TestResamplingAgreesWithSox(t *testing.T) {
	t.Parallel()
	for _, from := range rates {
		for _, to := range rates {
			in, out := audio.PCM(from), audio.PCM(to)
			sound := speechLike(in)
			args := append(append([]string{"-D"}, append(raw(in), "-")...), append(raw(out), "-", "rate", "-v")...)
			want := out.AppendSamples(nil, run(t, sound, "sox", args...))
			got := out.AppendSamples(nil, convert(sound, in, out))
			assert.Greater(t, snr(t, want, got), 55.0, "%d to %d", from, to)
		}
	}
}

func TestG711AgreesWithSoxAndFFmpeg(t *testing.T) {
	t.Parallel()
	sound := speechLike(audio.PCM8k)
	for f, codec := range map[audio.Format]string{audio.ULaw: "mulaw", audio.ALaw: "alaw"} {
		coded := convert(sound, audio.PCM8k, f)
		back := audio.PCM8k.AppendSamples(nil, convert(coded, f, audio.PCM8k))
		original := audio.PCM8k.AppendSamples(nil, sound)
		assert.Greater(t, snr(t, original, back), 35.0, f)

		args := append(append([]string{"-D"}, append(raw(f), "-")...), append(raw(audio.PCM8k), "-")...)
		assert.Equal(t, back, audio.PCM8k.AppendSamples(nil, run(t, coded, "sox", args...)), "sox decodes %v", f)
		decoded := run(t, coded, "ffmpeg", "-v", "error", "-f", codec, "-ar", "8000", "-ac", "1", "-i", "-", "-f", "s16le", "-")
		assert.Equal(t, back, audio.PCM8k.AppendSamples(nil, decoded), "ffmpeg decodes %v", f)

		encoded := run(t, sound, "ffmpeg", "-v", "error", "-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "-", "-f", codec, "-")
		theirs := audio.PCM8k.AppendSamples(nil, convert(encoded, f, audio.PCM8k))
		assert.InDelta(t, snr(t, original, back), snr(t, original, theirs), 0.5, "ffmpeg encodes %v", f)
	}
}

func TestWAVFilesOfSoxAndFFmpeg(t *testing.T) {
	t.Parallel()
	sound := speechLike(audio.PCM(44100))
	samples := audio.PCM(44100).AppendSamples(nil, sound)
	file := bytes.Buffer{}
	w := audio.NewWAVWriter(&file, audio.PCM(44100), 1)
	_, err := w.Write(sound)
	require.NoError(t, err)
	check := func(name string, data []byte, least float64) {
		for _, channels := range []*audio.WAVOptions{{Channel: 1}, {Channel: 2}, {Mix: true}} {
			got, _, err := readWAV(bytes.NewReader(data), channels)
			require.NoError(t, err, name)
			assert.Greater(t, snr(t, samples, audio.PCM(44100).AppendSamples(nil, got)), least, name)
		}
	}
	for _, e := range []struct {
		encoding, bits string
		least          float64
	}{
		{"unsigned-integer", "8", 30},
		{"signed-integer", "16", 90},
		{"signed-integer", "24", 90},
		{"signed-integer", "32", 90},
		{"floating-point", "32", 90},
		{"floating-point", "64", 90},
		{"mu-law", "8", 35},
		{"a-law", "8", 35},
	} {
		data := run(t, file.Bytes(), "sox", "-D", "-V1", "--ignore-length", "-t", "wav", "-", "-c", "2", "-e", e.encoding, "-b", e.bits, "-t", "wav", "-")
		check("sox "+e.encoding+e.bits, data, e.least)
	}
	for codec, least := range map[string]float64{
		"pcm_u8": 30, "pcm_s16le": 90, "pcm_s24le": 90, "pcm_s32le": 90, "pcm_f32le": 90, "pcm_f64le": 90, "pcm_mulaw": 35, "pcm_alaw": 35,
	} {
		for _, channels := range []string{"2", "4"} { // More than two are extensible.
			data := run(t, file.Bytes(), "ffmpeg", "-v", "error", "-i", "-", "-filter:a", "pan="+map[string]string{"2": "stereo|c0=c0|c1=c0", "4": "4.0|c0=c0|c1=c0|c2=c0|c3=c0"}[channels], "-c:a", codec, "-f", "wav", "-")
			check("ffmpeg "+codec+" "+channels, data, least)
		}
	}
}

// What WAVWriter writes is read by others.
func TestSoxReadsWAVFiles(t *testing.T) {
	t.Parallel()
	for _, f := range []audio.Format{audio.PCM24k, audio.ULaw, audio.ALaw} {
		left, right := speechLike(f), f.AppendTone(nil, 440, time.Second, 0.5)
		var file bytes.Buffer
		w := audio.NewWAVWriter(&file, f, 2)
		require.NoError(t, w.WriteChannels(left, right))
		require.NoError(t, w.Close())
		for i, want := range [][]byte{left, right} {
			args := append([]string{"-D", "-V1", "--ignore-length", "-t", "wav", "-"}, raw(audio.PCM(f.Rate()))...)
			got := run(t, file.Bytes(), "sox", append(args, "-", "remix", strconv.Itoa(i+1))...)
			assert.Equal(t, f.AppendSamples(nil, want), audio.PCM8k.AppendSamples(nil, got), f)
		}
	}
}
