package voice

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFifo compares the queue with a plain slice.
func TestFifo(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var f fifo
	var want []byte
	next := byte(0)
	for range 20_000 {
		switch rng.IntN(20) {
		case 0:
			f.clear()
			want = nil
		case 1, 2, 3, 4, 5, 6, 7, 8, 9:
			p := make([]byte, rng.IntN(300))
			for i := range p {
				p[i] = next
				next++
			}
			f.push(p)
			want = append(want, p...)
		default:
			n := min(rng.IntN(300), len(want))
			require.Equal(t, string(want[:n]), string(f.pop(n)))
			want = want[n:]
		}
		require.Equal(t, len(want), f.len())
	}
}

func TestFifoUsesItsMemoryAgain(t *testing.T) {
	t.Parallel()
	var f fifo
	piece := make([]byte, 960)
	for range 10 {
		f.push(piece)
	}
	before := cap(f.buf)
	for range 1000 {
		f.push(piece)
		f.pop(960)
	}
	assert.LessOrEqual(t, cap(f.buf), 4*before)
}
