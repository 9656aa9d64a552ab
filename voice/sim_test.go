package voice

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

var (
	_ Line     = (*SimLine)(nil)
	_ Marker   = (*SimLine)(nil)
	_ Hanger   = (*SimLine)(nil)
	_ Informer = (*SimLine)(nil)
)

func TestSimLineSendsFrames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewSimLine(audio.ULaw, audio.PCM24k)
		var speaking time.Duration
		go func() {
			began := time.Now()
			assert.NoError(t, l.Speak(t.Context(), bytes.Repeat([]byte{1}, 400)))
			speaking = time.Since(began)
			l.Press("5")
		}()
		synctest.Wait()
		began := time.Now()
		var got []byte
		for i := 1; i <= 4; i++ {
			in, err := l.Receive(t.Context())
			require.NoError(t, err)
			if in.Key != 0 {
				assert.Equal(t, '5', in.Key)
				i--
				continue
			}
			assert.Len(t, in.Audio, 160)
			assert.Equal(t, time.Duration(i)*frameTime, time.Since(began))
			got = append(got, in.Audio...)
		}
		want := append(bytes.Repeat([]byte{1}, 400), bytes.Repeat([]byte{0xff}, 240)...)
		assert.Equal(t, want, got, "speech, then silence of the format")
		assert.Equal(t, 3*frameTime, speaking, "until its last frame was sent")
	})
}

func TestSimLineDropsTheOldestSound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewSimLine(audio.ULaw, audio.ULaw)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = l.Speak(t.Context(), append(make([]byte, 8000*5), 7)) }()
		_, err := l.Receive(ctx)
		require.NoError(t, err)
		cancel()
		_, err = l.Receive(ctx)
		require.ErrorIs(t, err, context.Canceled)
		time.Sleep(5*time.Second + 10*time.Millisecond)
		l.Press("1")
		began := time.Now()
		in, err := l.Receive(t.Context())
		require.NoError(t, err)
		assert.Equal(t, '1', in.Key)
		kept := receive(t, l, 2*8000)
		assert.Zero(t, time.Since(began), "2 s wait")
		assert.Equal(t, 1, bytes.Count(kept, []byte{7}), "the latest sound is kept")
		l.Leave()
	})
}

func TestSimLinePlaysAtItsClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewSimLine(audio.ULaw, audio.PCM8k)
		first, second := bytes.Repeat([]byte{1}, 1600), bytes.Repeat([]byte{2}, 1600)
		require.NoError(t, l.Play(t.Context(), first))
		time.Sleep(50 * time.Millisecond)
		assert.Equal(t, first[:800], l.Heard())
		require.NoError(t, l.Play(t.Context(), second))
		time.Sleep(100 * time.Millisecond)
		assert.Equal(t, append(bytes.Clone(first), second[:800]...), l.Heard(), "behind the first")
		time.Sleep(time.Second)
		require.NoError(t, l.Play(t.Context(), first))
		time.Sleep(25 * time.Millisecond)
		assert.Len(t, l.Heard(), 3200+400, "silence is left out")
		require.NoError(t, l.Clear(t.Context()))
		time.Sleep(time.Second)
		assert.Len(t, l.Heard(), 3200+400)
		require.NoError(t, l.Play(t.Context(), second))
		time.Sleep(25 * time.Millisecond)
		assert.Equal(t, second[:400], l.Heard()[3600:], "after a clear")
		l.Leave()
		time.Sleep(time.Second)
		assert.Len(t, l.Heard(), 4000, "the caller has left")
	})
}

// marks receives for a time, and returns the marks with when they came.
func marks(t *testing.T, l *SimLine, d time.Duration) map[Mark]time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	got := map[Mark]time.Duration{}
	began := time.Now()
	for {
		in, err := l.Receive(ctx)
		if err != nil {
			return got
		}
		if in.Mark != 0 {
			got[in.Mark] = time.Since(began)
		}
	}
}

func TestSimLineReturnsMarks(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for name, tc := range map[string]struct {
		on   ClearBehaviour
		want map[Mark]time.Duration
	}{
		"returned": {ClearReturnsMarks, map[Mark]time.Duration{1: 30 * ms, 2: 130 * ms, 3: 150 * ms, 4: 180 * ms}},
		"dropped":  {ClearDropsMarks, map[Mark]time.Duration{1: 30 * ms, 2: 130 * ms, 4: 180 * ms}},
		"ignored":  {ClearIgnoresMarks, map[Mark]time.Duration{1: 30 * ms, 2: 130 * ms, 3: 230 * ms, 4: 180 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := NewSimLine(audio.ULaw, audio.ULaw)
				l.MarkDelay, l.OnClear = 30*ms, tc.on
				go func() {
					assert.NoError(t, l.Mark(t.Context(), 1), "at once: nothing is queued")
					assert.NoError(t, l.Play(t.Context(), pcm(800)))
					assert.NoError(t, l.Mark(t.Context(), 2))
					assert.NoError(t, l.Play(t.Context(), pcm(800)))
					assert.NoError(t, l.Mark(t.Context(), 3))
					time.Sleep(150 * ms)
					assert.NoError(t, l.Clear(t.Context()))
					assert.NoError(t, l.Mark(t.Context(), 4))
				}()
				assert.Equal(t, tc.want, marks(t, l, time.Second))
			})
		})
	}
}

func TestSimLineEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*SimLine){
		"caller":  (*SimLine).Leave,
		"program": func(l *SimLine) { _ = l.HangUp(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := NewSimLine(audio.ULaw, audio.ULaw)
				spoke := make(chan error, 1)
				go func() { spoke <- l.Speak(t.Context(), pcm(8000)) }()
				receive(t, l, 160)
				l.Press("12")
				end(l)
				end(l)
				<-l.Ended()
				require.ErrorIs(t, <-spoke, ErrLineEnded)
				for _, want := range []error{nil, nil, io.EOF, io.EOF} {
					_, err := l.Receive(t.Context())
					require.ErrorIs(t, err, want)
				}
				require.ErrorIs(t, l.Play(t.Context(), pcm(2)), ErrLineEnded)
				require.ErrorIs(t, l.Mark(t.Context(), 1), ErrLineEnded)
				require.ErrorIs(t, l.Clear(t.Context()), ErrLineEnded)
				require.ErrorIs(t, l.Speak(t.Context(), pcm(2)), ErrLineEnded)
			})
		})
	}
}

func TestSimLineTellsWhoCalls(t *testing.T) {
	t.Parallel()
	l := NewSimLine(audio.ULaw, audio.ULaw)
	l.Call = Info{From: "+15550100"}
	assert.Equal(t, "+15550100", l.Info().From)
}
