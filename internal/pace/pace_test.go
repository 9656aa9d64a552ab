package pace

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorder keeps what is sent, and when.
type recorder struct {
	pieces [][]byte
	at     []time.Time
	fail   error // of the third piece
}

func (r *recorder) send(_ context.Context, audio []byte) error {
	if r.fail != nil && len(r.pieces) == 2 {
		return r.fail
	}
	r.pieces, r.at = append(r.pieces, bytes.Clone(audio)), append(r.at, time.Now())
	return nil
}

func (r *recorder) whole() []byte { return bytes.Join(r.pieces, nil) }

func recording(size int) []byte {
	audio := make([]byte, size)
	for i := range audio {
		audio[i] = byte(i ^ i>>8)
	}
	return audio
}

func TestSplitCutsBetweenSamples(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 2, appendSize - 1, appendSize, appendSize + 1, 3*appendSize + 7} {
		audio := recording(size)
		var got recorder
		require.NoError(t, Split(audio, func(piece []byte) error { return got.send(t.Context(), piece) }))
		assert.True(t, bytes.Equal(audio, got.whole()), "%d bytes", size)
		for i, piece := range got.pieces {
			assert.LessOrEqual(t, len(piece), 256<<10)
			if i < len(got.pieces)-1 {
				assert.Zero(t, len(piece)%2, "piece %d of %d bytes", i, size)
			}
		}
	}
	got := recorder{fail: io.ErrClosedPipe}
	err := Split(recording(4*appendSize), func(piece []byte) error { return got.send(t.Context(), piece) })
	require.ErrorIs(t, err, io.ErrClosedPipe)
	assert.Len(t, got.pieces, 2, "nothing follows a piece that failed")
}

// ragged reads at most some bytes at a time, odd numbers among them.
type ragged struct {
	r      io.Reader
	random *rand.Rand
}

func (r *ragged) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), 1+r.random.IntN(9))]) }

func TestStreamJoinsOddReads(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		audio := recording(random.IntN(500))
		var source io.Reader = &ragged{bytes.NewReader(audio), random}
		if seed%2 == 0 {
			source = iotest.DataErrReader(source) // The last bytes come with io.EOF.
		}
		var got recorder
		n, err := Stream(t.Context(), source, got.send)
		require.NoError(t, err)
		assert.EqualValues(t, len(audio), n, "seed %d", seed)
		assert.True(t, bytes.Equal(audio, got.whole()), "seed %d", seed)
		sent := 0
		for _, piece := range got.pieces {
			if sent += len(piece); sent < len(audio)-1 {
				assert.Zero(t, len(piece)%2, "seed %d: half a sample", seed)
			}
		}
	}
}

func TestStreamEnds(t *testing.T) {
	t.Parallel()
	var got recorder
	broken := errors.New("unplugged")
	n, err := Stream(t.Context(), io.MultiReader(bytes.NewReader(recording(100)), iotest.ErrReader(broken)), got.send)
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "audio source")
	assert.EqualValues(t, 100, n)

	got = recorder{fail: io.ErrClosedPipe}
	n, err = Stream(t.Context(), iotest.OneByteReader(bytes.NewReader(recording(100))), got.send)
	require.ErrorIs(t, err, io.ErrClosedPipe)
	assert.EqualValues(t, 4, n, "two pieces of one sample")

	why := errors.New("hung up")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	_, err = Stream(ctx, endless{}, (&recorder{}).send)
	require.ErrorIs(t, err, why)
}

// endless is silence without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestPacedSendsEachPieceWhenItIsDue(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rate  int
		chunk time.Duration
		speed float64
		size  int
		every time.Duration
		piece int
	}{
		"real time":     {rate: 48000, chunk: 50 * time.Millisecond, speed: 1, size: 12001, every: 50 * time.Millisecond, piece: 2400},
		"twice":         {rate: 48000, chunk: 50 * time.Millisecond, speed: 2, size: 9600, every: 25 * time.Millisecond, piece: 2400},
		"half":          {rate: 8000, chunk: 20 * time.Millisecond, speed: 0.5, size: 800, every: 40 * time.Millisecond, piece: 160},
		"odd pieces":    {rate: 8000, chunk: 125 * time.Microsecond * 3, speed: 1, size: 10, every: 250 * time.Microsecond, piece: 2},
		"never nothing": {rate: 8000, chunk: 1, speed: 1, size: 6, every: 250 * time.Microsecond, piece: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				audio, begin := recording(tc.size), time.Now()
				var got recorder
				slow := func(ctx context.Context, piece []byte) error {
					defer time.Sleep(tc.every / 2) // A delay does not add up.
					return got.send(ctx, piece)
				}
				n, err := Paced(t.Context(), bytes.NewReader(audio), tc.rate, tc.chunk, tc.speed, slow)
				require.NoError(t, err)
				assert.EqualValues(t, tc.size, n)
				assert.True(t, bytes.Equal(audio, got.whole()))
				require.Len(t, got.pieces, (tc.size+tc.piece-1)/tc.piece)
				for i, at := range got.at {
					assert.Equal(t, time.Duration(i)*tc.every, at.Sub(begin), "piece %d", i)
				}
			})
		})
	}
}

func TestPacedEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("hung up")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		var got recorder
		n, err := Paced(ctx, endless{}, 8000, 100*time.Millisecond, 1, got.send)
		require.ErrorIs(t, err, why)
		assert.InDelta(t, 8000, n, 800, "a second of audio")

		broken := errors.New("unplugged")
		n, err = Paced(t.Context(), io.MultiReader(bytes.NewReader(recording(900)), iotest.ErrReader(broken)), 8000, 100*time.Millisecond, 1, got.send)
		require.ErrorIs(t, err, broken)
		assert.EqualValues(t, 900, n, "what was read before is sent")

		n, err = Paced(t.Context(), endless{}, 8000, 100*time.Millisecond, 1, (&recorder{fail: io.ErrClosedPipe}).send)
		require.ErrorIs(t, err, io.ErrClosedPipe)
		assert.EqualValues(t, 1600, n)
	})
}
