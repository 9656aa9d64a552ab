package link

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/socket"
)

// TestWhatIsDroppedIsCounted holds that each event that does not reach the receiver is
// counted and reported once: the oldest of a full queue, and one that waits for room when
// the connection is closed.
func TestWhatIsDroppedIsCounted(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]socket.Overflow{"oldest": socket.OverflowDropOldest, "closed": socket.OverflowBlock} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var dropped []int
				quit := make(chan struct{})
				b := &Inbox[int]{Dropped: func(e int) { dropped = append(dropped, e) }}
				b.Init(&Options{ReceiveQueueEvents: 1, Overflow: policy}, quit)
				require.NoError(t, b.Push(Arrival[int]{Event: 1, Size: 5}))
				pushed := make(chan error, 1)
				go func() { pushed <- b.Push(Arrival[int]{Event: 2, Size: 7}) }()
				synctest.Wait()
				close(quit)
				require.NoError(t, <-pushed)
				queued, bytes, lost := b.Stats()
				assert.Equal(t, 1, queued)
				assert.EqualValues(t, 1, lost)
				if policy == socket.OverflowBlock {
					assert.Equal(t, []int{2}, dropped)
					assert.Equal(t, 5, bytes)
				} else {
					assert.Equal(t, []int{1}, dropped)
					assert.Equal(t, 7, bytes)
				}
			})
		})
	}
}

// TestAFullQueueIsReportedAgainAndAgain holds that Stalled runs once in each ReceiveStall.
func TestAFullQueueIsReportedAgainAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stalls := 0
		b := &Inbox[int]{Stalled: func() { stalls++ }}
		b.Init(&Options{ReceiveQueueEvents: 1, ReceiveStall: time.Second}, make(chan struct{}))
		require.NoError(t, b.Push(Arrival[int]{Event: 1}))
		pushed := make(chan error, 1)
		go func() { pushed <- b.Push(Arrival[int]{Event: 2}) }()
		time.Sleep(3*time.Second + time.Millisecond)
		synctest.Wait()
		assert.Equal(t, 3, stalls)
		_, err := b.Pop(t.Context())
		require.NoError(t, err)
		require.NoError(t, <-pushed)
	})
}

// TestTheReceiveQueueHoldsItsBytes fills a queue to the last byte.
func TestTheReceiveQueueHoldsItsBytes(t *testing.T) {
	t.Parallel()
	var b Inbox[int]
	b.Init(&Options{ReceiveQueueBytes: 10, Overflow: socket.OverflowFail}, nil)
	require.NoError(t, b.Push(Arrival[int]{Size: 4}))
	require.NoError(t, b.Push(Arrival[int]{Size: 6}))
	require.ErrorIs(t, b.Push(Arrival[int]{Size: 1}), socket.ErrReceiveQueueFull)
	for range 2 {
		_, err := b.Pop(t.Context())
		require.NoError(t, err)
	}
	require.NoError(t, b.Push(Arrival[int]{Size: 50}), "one arrival fits however large it is")
	require.ErrorIs(t, b.Push(Arrival[int]{Size: 1}), socket.ErrReceiveQueueFull)
}

// TestAnEmptyQueueReadsNoOptions has none: those of a thousand sessions are memory that
// each event would fetch.
func TestAnEmptyQueueReadsNoOptions(t *testing.T) {
	t.Parallel()
	var b Inbox[int]
	b.Init(nil, make(chan struct{}))
	for i := range 3 {
		require.NoError(t, b.Push(Arrival[int]{Event: i, Size: 1 << 30}))
		e, err := b.Pop(t.Context())
		require.NoError(t, err)
		assert.Equal(t, i, e)
	}
}
