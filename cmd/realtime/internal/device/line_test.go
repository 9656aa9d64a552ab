package device

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

var (
	_ voice.Line   = (*Line)(nil)
	_ voice.Player = (*Line)(nil)
	_ voice.Hanger = (*Line)(nil)
)

// speaker is a model of a loudspeaker: it holds what it was given, and plays it in order.
type speaker struct {
	holds []bool // for each byte, whether it is sound of the last Clear's time
	heard int
}

// play plays n bytes.
func (s *speaker) play(n int) {
	n = max(0, min(n, len(s.holds)))
	for _, sound := range s.holds[:n] {
		if sound {
			s.heard++
		}
	}
	s.holds = s.holds[n:]
}

// TestPlayedIsNeverOverstated gives a loudspeaker sound in random pieces, with clears, and
// compares the count with what a loudspeaker of that latency has played at least.
func TestPlayedIsNeverOverstated(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		l := newLine(60*time.Millisecond, false)
		s := &speaker{}
		for range 200 {
			switch random.IntN(10) {
			case 0:
				require.NoError(t, l.Clear(t.Context()))
				s.heard = 0
				clear(s.holds)
			case 1, 2:
				require.NoError(t, l.Play(t.Context(), bytes.Repeat([]byte{1}, 2*random.IntN(2000))))
			default: // A request for what was played since the one before.
				p := make([]byte, 2*random.IntN(l.latency/2))
				s.play(len(s.holds) + len(p) - l.latency)
				l.speak(p)
				for _, b := range p {
					s.holds = append(s.holds, b == 1)
				}
			}
			require.LessOrEqual(t, l.Played(), s.heard, "seed %d", seed)
			if len(l.queue) > Format.Bytes(time.Second) {
				l.speak(make([]byte, len(l.queue)))
				s.holds, s.heard = nil, l.given
			}
		}
		for range 10 { // Silence brings the rest to the ear.
			l.speak(make([]byte, max(len(l.queue), l.latency)))
		}
		require.Equal(t, l.given, l.Played(), "seed %d", seed)
	}
}

func TestTheMicrophoneIsHeardInOrder(t *testing.T) {
	t.Parallel()
	l := newLine(0, false)
	l.hear([]byte{1, 0})
	l.hear([]byte{2, 0})
	in, err := l.Receive(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 0, 2, 0}, in.Audio)
	l.hear(make([]byte, Format.Bytes(3*time.Second)))
	in, err = l.Receive(t.Context())
	require.NoError(t, err)
	assert.Len(t, in.Audio, Format.Bytes(backlog), "the oldest is dropped")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = l.Receive(ctx)
	assert.ErrorIs(t, err, context.Canceled)
	l.hear([]byte{3, 0})
	require.NoError(t, l.HangUp(t.Context()))
	_, err = l.Receive(t.Context())
	require.NoError(t, err, "what was queued comes first")
	_, err = l.Receive(t.Context())
	assert.ErrorIs(t, err, io.EOF)
	assert.ErrorIs(t, l.Play(t.Context(), []byte{0, 0}), voice.ErrLineEnded)
	assert.ErrorIs(t, l.Clear(t.Context()), voice.ErrLineEnded)
}

// TestHalfSilencesTheMicrophone while the loudspeaker plays, and for the time of an echo.
func TestHalfSilencesTheMicrophone(t *testing.T) {
	t.Parallel()
	voiceOf := realtimetest.Tone(20 * time.Millisecond)
	for _, half := range []bool{false, true} {
		l := newLine(60*time.Millisecond, half)
		heard := func() bool {
			l.hear(voiceOf)
			in, err := l.Receive(t.Context())
			require.NoError(t, err)
			assert.Len(t, in.Audio, len(voiceOf))
			return bytes.Equal(in.Audio, voiceOf)
		}
		assert.True(t, heard(), "nothing was played yet")
		require.NoError(t, l.Play(t.Context(), realtimetest.Tone(100*time.Millisecond)))
		assert.Equal(t, !half, heard())
		l.speak(make([]byte, Format.Bytes(100*time.Millisecond)))
		_, out := l.Levels()
		assert.Greater(t, out, -30.0)
		assert.Equal(t, !half, heard(), "the loudspeaker still holds it")
		l.speak(make([]byte, Format.Bytes(300*time.Millisecond)))
		assert.Equal(t, !half, heard(), "its echo")
		l.speak(make([]byte, Format.Bytes(20*time.Millisecond)))
		assert.True(t, heard())
	}
}

func TestPlayWaitsForRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLine(0, false)
		require.NoError(t, l.Play(t.Context(), make([]byte, Format.Bytes(ahead))))
		played := make(chan error, 1)
		go func() { played <- l.Play(t.Context(), []byte{0, 0}) }()
		synctest.Wait()
		assert.Empty(t, played)
		l.speak(make([]byte, 2))
		synctest.Wait()
		require.NoError(t, <-played)
		go func() { played <- l.Play(t.Context(), []byte{0, 0}) }()
		synctest.Wait()
		assert.Empty(t, played)
		require.NoError(t, l.Clear(t.Context()))
		require.NoError(t, <-played)
	})
}
