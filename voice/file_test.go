package voice

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtimetest"
)

var (
	_ Line   = (*FileLine)(nil)
	_ Player = (*FileLine)(nil)
	_ Hanger = (*FileLine)(nil)
)

// sides reads a stereo WAV as two.
func sides(t *testing.T, wav []byte) (left, right []byte) {
	t.Helper()
	for i, side := range []*[]byte{&left, &right} {
		r, err := audio.ReadWAV(bytes.NewReader(wav), &audio.WAVOptions{Channel: i + 1})
		require.NoError(t, err)
		*side, err = io.ReadAll(r)
		require.NoError(t, err)
	}
	require.Len(t, right, len(left))
	return left, right
}

// listen receives until the end of the line.
func listen(t *testing.T, l Line) []byte {
	t.Helper()
	var all []byte
	for {
		in, err := l.Receive(t.Context())
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			return all
		}
		all = append(all, in.Audio...)
	}
}

func TestFileLinePlaysAtItsSpeed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		after, want time.Duration
	}{
		"until both are silent": {0, 3500*ms + 3*time.Second}, // The model spoke until then.
		"a time after":          {time.Second, 1100*ms + time.Second},
		"at once":               {-1, 1100 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				spoken := realtimetest.Tone(1090 * ms)
				var out bytes.Buffer
				l, err := NewFileLine(audio.NewSource(bytes.NewReader(spoken), audio.PCM24k), &out, &FileOptions{After: tc.after})
				require.NoError(t, err)
				go func() {
					time.Sleep(510 * ms)
					assert.NoError(t, l.Play(t.Context(), realtimetest.Tone(3 * time.Second)[:audio.PCM24k.Bytes(2*time.Second)]))
					_ = l.Play(t.Context(), realtimetest.Tone(time.Second)) // Waits for room.
				}()
				began := time.Now()
				got := listen(t, l)
				assert.Equal(t, tc.want.Round(frameTime), time.Since(began).Round(frameTime))
				assert.Equal(t, spoken, got[:len(spoken)])
				assert.Equal(t, time.Since(began).Round(frameTime), audio.PCM24k.Duration(len(got)))
				require.NoError(t, l.Close())
				require.NoError(t, l.Close(), "twice is once")
				left, right := sides(t, out.Bytes())
				assert.Equal(t, got, left)
				begin := bytes.IndexFunc(right, func(r rune) bool { return r != 0 })
				assert.InDelta(t, 500*ms, audio.PCM24k.Duration(begin), float64(frameTime), "both on one clock")
			})
		})
	}
}

// TestFileLineHasNoClick clears in the middle of a loud tone: the sound fades out.
func TestFileLineHasNoClick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l, err := NewFileLine(audio.NewSource(bytes.NewReader(realtimetest.Silence(time.Second)), audio.PCM24k), &out, &FileOptions{After: -1})
		require.NoError(t, err)
		loud := bytes.Repeat([]byte{0, 0x60}, 24000)
		require.NoError(t, l.Play(t.Context(), loud))
		go func() {
			time.Sleep(205 * ms)
			assert.Equal(t, audio.PCM24k.Bytes(200*ms), l.Played())
			assert.NoError(t, l.Clear(t.Context()))
			assert.Zero(t, l.Played())
		}()
		listen(t, l)
		require.ErrorIs(t, l.Play(t.Context(), loud), ErrLineEnded)
		require.ErrorIs(t, l.Clear(t.Context()), ErrLineEnded)
		require.NoError(t, l.Close())
		_, right := sides(t, out.Bytes())
		samples := audio.PCM24k.AppendSamples(nil, right)
		steepest := 0
		for i, s := range samples[1:] {
			if d := int(samples[i]) - int(s); d > steepest {
				steepest = d
			}
		}
		assert.Less(t, steepest, 0x6000/50, "of the fade")
		last := 0
		for i, s := range samples {
			if s != 0 {
				last = i
			}
		}
		assert.InDelta(t, 205*ms, audio.PCM24k.Duration(2*last), float64(2*ms))
	})
}

func TestOpenWAV(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
	f, err := os.Create(in)
	require.NoError(t, err)
	w := audio.NewWAVWriter(f, audio.PCM16k, 1)
	_, err = w.Write(pcm(16000 * 2 / 10))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())

	l, err := OpenWAV(in, out, &FileOptions{Format: audio.ULaw, After: -1})
	require.NoError(t, err)
	assert.InDelta(t, 800, len(listen(t, l)), 160, "100 ms in the line's format")
	require.NoError(t, l.Close())
	file, err := os.Open(out)
	require.NoError(t, err)
	defer file.Close()
	wav, err := audio.ReadWAV(file, &audio.WAVOptions{Mix: true})
	require.NoError(t, err)
	assert.Equal(t, audio.PCM8k, wav.Format(), "of two mixed")

	l, err = OpenWAV(in, "", nil)
	require.NoError(t, err)
	require.NoError(t, l.HangUp(t.Context()))
	_, err = l.Receive(t.Context())
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, l.Close())

	_, err = OpenWAV(filepath.Join(dir, "none.wav"), out, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = OpenWAV(in, filepath.Join(dir, "none", "out.wav"), nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = OpenWAV(out, "", nil)
	require.ErrorContains(t, err, "channel", "it says what to do about two channels")
	_, err = NewFileLine(nil, nil, nil)
	require.ErrorContains(t, err, "format")
}

func TestFileLineReceiveEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, err := NewFileLine(audio.NewSource(bytes.NewReader(pcm(48000)), audio.PCM24k), nil, nil)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = l.Receive(ctx)
		require.ErrorIs(t, err, context.Canceled)
		time.Sleep(100 * ms)
		began := time.Now()
		receive(t, l, 5*960)
		assert.Zero(t, time.Since(began), "what was missed comes at once")
		require.NoError(t, l.Close())
	})
}

// brokenWriter fails after a number of bytes.
type brokenWriter struct{ left int }

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, os.ErrInvalid
	}
	return len(p), nil
}

func TestFileLineWhoseFileFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, err := NewFileLine(audio.NewSource(bytes.NewReader(pcm(48000)), audio.PCM24k), &brokenWriter{5000}, nil)
		require.NoError(t, err)
		for err == nil {
			_, err = l.Receive(t.Context())
		}
		require.ErrorIs(t, err, os.ErrInvalid)
		_, err = l.Receive(t.Context())
		require.ErrorIs(t, err, os.ErrInvalid)
		require.Error(t, l.Close())
	})
}

func TestTheRecordingIsNotOverwritten(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "caller.wav")
	f, err := os.Create(name)
	require.NoError(t, err)
	w := audio.NewWAVWriter(f, audio.PCM24k, 1)
	_, err = w.Write(realtimetest.Tone(time.Second))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
	before, err := os.ReadFile(name)
	require.NoError(t, err)
	link := filepath.Join(filepath.Dir(name), "answer.wav")
	require.NoError(t, os.Symlink(name, link))
	for _, out := range []string{name, link} {
		_, err = OpenWAV(name, out, nil)
		require.ErrorContains(t, err, "choose another file")
	}
	after, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, before, after)
}
