package link

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestQueue compares a queue with a slice.
func TestQueue(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	var q queue[int]
	var model []int
	for i := range 10_000 {
		if len(model) == 0 || random.IntN(2) == 0 {
			q.push(i)
			model = append(model, i)
		} else {
			require.Equal(t, model[0], *q.front())
			require.Equal(t, model[0], q.pop())
			model = model[1:]
		}
		require.Equal(t, len(model), q.len())
	}
}

// TestAQueueThatIsNeverEmptyStaysSmall holds that the room of what was taken is used again.
func TestAQueueThatIsNeverEmptyStaysSmall(t *testing.T) {
	t.Parallel()
	var q queue[int]
	q.push(0)
	for i := range 10_000 {
		q.push(i + 1)
		require.Equal(t, i, q.pop())
	}
	assert.LessOrEqual(t, cap(q.items), 8)
}
