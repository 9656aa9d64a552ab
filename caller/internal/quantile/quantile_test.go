package quantile

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestOf(t *testing.T) {
	t.Parallel()
	var all []time.Duration
	assert.Zero(t, Of(all, 0.5))
	for i := range 20 {
		all = append(all, time.Duration(20-i))
	}
	for q, want := range map[float64]time.Duration{0.01: 1, 0.5: 10, 0.9: 18, 0.95: 19, 0.951: 20, 1: 20} {
		assert.Equal(t, want, Of(all, q), q)
	}
	assert.Equal(t, time.Duration(20), all[0], "they keep their order")
}

func TestEnough(t *testing.T) {
	t.Parallel()
	assert.False(t, Enough(0, 1))
	assert.True(t, Enough(1, 1))
	assert.False(t, Enough(99, 0.99))
	assert.True(t, Enough(100, 0.99))
	assert.True(t, Enough(2, 0.5))
	assert.False(t, Enough(19, 0.95))
}
