package voice

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

var (
	_ Line   = (*PipeLine)(nil)
	_ Player = (*PipeLine)(nil)
	_ Hanger = (*PipeLine)(nil)
	_ Keypad = (*PipeLine)(nil)
)

// pcm returns n bytes that differ from their neighbours.
func pcm(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(1 + i%251)
	}
	return p
}

// receive returns the line's next sound, until n bytes have come.
func receive(t *testing.T, l Line, n int) []byte {
	t.Helper()
	var got []byte
	for len(got) < n {
		in, err := l.Receive(t.Context())
		require.NoError(t, err)
		got = append(got, in.Audio...)
	}
	return got
}

func TestPipeCarriesSoundAndKeys(t *testing.T) {
	t.Parallel()
	a, b := Pipe(audio.PCM16k)
	in, out := a.Formats()
	assert.Equal(t, audio.PCM16k, in)
	assert.Equal(t, audio.PCM16k, out)
	sound := pcm(1500)
	require.NoError(t, a.Play(t.Context(), sound))
	assert.Zero(t, a.Played())
	require.NoError(t, a.Press(t.Context(), "4#"))
	for _, key := range "4#" {
		got, err := b.Receive(t.Context())
		require.NoError(t, err)
		assert.Equal(t, Input{Key: key}, got)
	}
	first, err := b.Receive(t.Context())
	require.NoError(t, err)
	assert.Equal(t, sound[:640], first.Audio, "20 ms")
	assert.Equal(t, 640, a.Played())
	assert.Equal(t, sound[640:], receive(t, b, 860))
	assert.Equal(t, 1500, a.Played())
	assert.Zero(t, b.Played(), "the other direction")

	require.NoError(t, b.Play(t.Context(), sound))
	assert.Equal(t, sound, receive(t, a, 1500))
}

func TestPipeClear(t *testing.T) {
	t.Parallel()
	a, b := Pipe(audio.ULaw)
	require.NoError(t, a.Play(t.Context(), pcm(800)))
	receive(t, b, 160)
	require.NoError(t, a.Clear(t.Context()))
	assert.Zero(t, a.Played(), "it counts from the clear")
	next := bytes.Repeat([]byte{9}, 160)
	require.NoError(t, a.Play(t.Context(), next))
	assert.Equal(t, next, receive(t, b, 160), "nothing of what was cleared")
}

// TestPipePlayBlocks ends a Play that has no room in every way there is.
func TestPipePlayBlocks(t *testing.T) {
	t.Parallel()
	full := audio.ULaw.Bytes(lineBuffer)
	for name, tc := range map[string]struct {
		end  func(t *testing.T, a, b *PipeLine, cancel context.CancelFunc)
		want error
	}{
		"room":            {func(t *testing.T, _, b *PipeLine, _ context.CancelFunc) { t.Helper(); receive(t, b, 160) }, nil},
		"clear":           {func(t *testing.T, a, _ *PipeLine, _ context.CancelFunc) { t.Helper(); _ = a.Clear(t.Context()) }, nil},
		"other end":       {func(t *testing.T, _, b *PipeLine, _ context.CancelFunc) { t.Helper(); _ = b.HangUp(t.Context()) }, ErrLineEnded},
		"own end":         {func(t *testing.T, a, _ *PipeLine, _ context.CancelFunc) { t.Helper(); _ = a.HangUp(t.Context()) }, nil},
		"end of the call": {func(_ *testing.T, _, _ *PipeLine, cancel context.CancelFunc) { cancel() }, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, b := Pipe(audio.ULaw)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				require.NoError(t, a.Play(ctx, pcm(full)))
				result := make(chan error, 1)
				go func() { result <- a.Play(ctx, pcm(100)) }()
				synctest.Wait()
				assert.Empty(t, result, "it blocks")
				tc.end(t, a, b, cancel)
				require.ErrorIs(t, <-result, tc.want)
			})
		})
	}
}

func TestPipeEnds(t *testing.T) {
	t.Parallel()
	a, b := Pipe(audio.ULaw)
	require.NoError(t, b.Play(t.Context(), pcm(100)))
	require.NoError(t, a.Play(t.Context(), pcm(100)))
	receive(t, b, 100)
	require.NoError(t, a.Play(t.Context(), pcm(100)))
	require.NoError(t, a.HangUp(t.Context()))
	require.NoError(t, a.HangUp(t.Context()), "twice is once")
	assert.Equal(t, 100, a.Played(), "what was heard stays known")
	receive(t, a, 100) // What waited.
	for _, end := range []*PipeLine{a, b} {
		for range 2 {
			_, err := end.Receive(t.Context())
			require.ErrorIs(t, err, io.EOF)
		}
		require.ErrorIs(t, end.Play(t.Context(), pcm(2)), ErrLineEnded)
		require.ErrorIs(t, end.Clear(t.Context()), ErrLineEnded)
		require.ErrorIs(t, end.Press(t.Context(), "1"), ErrLineEnded)
	}
}

func TestPipeReceiveEndsWithItsContext(t *testing.T) {
	t.Parallel()
	a, b := Pipe(audio.ULaw)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.Receive(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, a.Play(t.Context(), pcm(10)))
	receive(t, b, 10)
}

func TestPipeOfAnInvalidFormat(t *testing.T) {
	t.Parallel()
	a, _ := Pipe(audio.Format(1))
	require.ErrorContains(t, a.Play(t.Context(), pcm(10)), "format is invalid")
}
