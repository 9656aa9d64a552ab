package link

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// numbers returns an inbox of numbers.
func numbers() *Inbox[int] {
	b := &Inbox[int]{}
	b.Init(&Options{}, nil)
	return b
}

// TestReceiversEndWithTheirContexts has receivers wait side by side, each with its
// own context, and again with one that was there before.
func TestReceiversEndWithTheirContexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := numbers()
		type ended struct {
			who int
			err error
		}
		ends := make(chan ended, 4)
		cancels := make([]context.CancelCauseFunc, 4)
		why := []error{errors.New("a"), errors.New("b"), errors.New("c"), errors.New("d")}
		for who := range cancels {
			ctx, cancel := context.WithCancelCause(t.Context())
			cancels[who] = cancel
			go func() {
				for {
					if _, err := b.Pop(ctx); err != nil {
						ends <- ended{who, err}
						return
					}
				}
			}()
		}
		for i := range 20 {
			synctest.Wait()
			require.NoError(t, b.Push(Arrival[int]{Event: i}))
		}
		for _, who := range []int{2, 0, 3, 1} {
			synctest.Wait()
			require.Empty(t, ends)
			cancels[who](why[who])
			got := <-ends
			assert.Equal(t, who, got.who)
			assert.ErrorIs(t, got.err, why[who])
		}
	})
}

// TestOneWatchIsLeftAlone has a receiver come again while another relies on the
// context that is watched.
func TestOneWatchIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := numbers()
		first, cancel := context.WithCancel(t.Context())
		second, cancelSecond := context.WithCancel(t.Context())
		ends := make(chan error, 2)
		for i, ctx := range []context.Context{first, second} {
			go func() {
				_, err := b.Pop(ctx)
				ends <- err
			}()
			for range 2 - i {
				synctest.Wait()
				b.arrived.wake()
			}
		}
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-ends, context.Canceled)
		synctest.Wait()
		require.Empty(t, ends)
		cancelSecond()
		require.ErrorIs(t, <-ends, context.Canceled)
	})
}

// TestWakingIsPassedOn wakes a receiver whose context ends at the same moment: the
// event is another's.
func TestWakingIsPassedOn(t *testing.T) {
	t.Parallel()
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			b := numbers()
			ctx, cancel := context.WithCancel(t.Context())
			got := make(chan int, 2)
			wait := func(ctx context.Context) {
				if n, err := b.Pop(ctx); err == nil {
					got <- n
				}
			}
			go wait(ctx)
			synctest.Wait()
			go wait(t.Context())
			synctest.Wait()
			go cancel()
			require.NoError(t, b.Push(Arrival[int]{Event: 1}))
			assert.Equal(t, 1, <-got)
			require.NoError(t, b.Push(Arrival[int]{Event: 2}))
			b.Close(errClosedForTest)
		})
	}
}

var errClosedForTest = errors.New("closed")

// TestWaitingWithOneContext takes no memory from the second time on, and nothing
// stays with the context once the queue is closed.
func TestWaitingWithOneContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := numbers()
	asked, got := make(chan bool), make(chan int)
	go func() {
		defer close(got)
		for range asked {
			n, err := b.Pop(ctx)
			if err != nil {
				return
			}
			got <- n
		}
	}()
	receive := func(waits func() bool) {
		asked <- true
		for !b.locked(waits) {
			runtime.Gosched()
		}
		_ = b.Push(Arrival[int]{Event: 1})
		<-got
	}
	known := func() bool { return b.arrived.latest != nil }
	relying := func() bool { return b.arrived.relying > 0 }
	receive(known)
	receive(relying)
	if !raceEnabled {
		assert.Zero(t, testing.AllocsPerRun(100, func() { receive(relying) }))
	}
	asked <- true
	for !b.locked(relying) {
		runtime.Gosched()
	}
	b.Close(errClosedForTest)
	<-got
	assert.Nil(t, b.arrived.unwatch)
	assert.Nil(t, b.arrived.watched)
	close(asked)
}

// locked asks while nothing changes.
func (b *Inbox[E]) locked(ask func() bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return ask()
}

// TestTheBoundsHoldAgainWithANewLink holds that Push exceeds the bounds only while
// the connection is lost.
func TestTheBoundsHoldAgainWithANewLink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		quit := make(chan struct{})
		b := &Inbox[int]{}
		b.Init(&Options{ReceiveQueueEvents: 1}, quit)
		require.NoError(t, b.Push(Arrival[int]{Event: 1}))
		b.relax(true)
		require.NoError(t, b.Push(Arrival[int]{Event: 2}))
		b.relax(false)
		blocked := make(chan error, 1)
		go func() { blocked <- b.Push(Arrival[int]{Event: 3}) }()
		synctest.Wait()
		assert.True(t, b.isBlocked())
		b.relax(true)
		require.NoError(t, <-blocked)
		queued, _, _ := b.Stats()
		assert.Equal(t, 3, queued)
	})
}
