package bytepool_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/internal/bytepool"
)

func TestMemoryIsEmptyAndBounded(t *testing.T) {
	t.Parallel()
	p := bytepool.Pool{Most: 64}
	for size := range 200 {
		b := p.Get()
		assert.Empty(t, *b)
		assert.LessOrEqual(t, cap(*b), 64)
		*b = append(*b, make([]byte, size)...)
		p.Put(b)
	}
}
