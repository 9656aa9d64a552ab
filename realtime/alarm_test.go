package realtime

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// queue returns an inbox of numbers.
func queue() *inbox[int] {
	b := &inbox[int]{}
	b.init(&Options{}, nil, func(int) {})
	return b
}

// TestReceiversEndWithTheirContexts has receivers wait side by side, each with its
// own context, and again with one that was there before.
func TestReceiversEndWithTheirContexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := queue()
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
					if _, err := b.pop(ctx); err != nil {
						ends <- ended{who, err}
						return
					}
				}
			}()
		}
		for i := range 20 {
			synctest.Wait()
			require.NoError(t, b.push(arrival[int]{event: i}))
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
		b := queue()
		first, cancel := context.WithCancel(t.Context())
		second, cancelSecond := context.WithCancel(t.Context())
		ends := make(chan error, 2)
		for i, ctx := range []context.Context{first, second} {
			go func() {
				_, err := b.pop(ctx)
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
			b := queue()
			ctx, cancel := context.WithCancel(t.Context())
			got := make(chan int, 2)
			wait := func(ctx context.Context) {
				if n, err := b.pop(ctx); err == nil {
					got <- n
				}
			}
			go wait(ctx)
			synctest.Wait()
			go wait(t.Context())
			synctest.Wait()
			go cancel()
			require.NoError(t, b.push(arrival[int]{event: 1}))
			assert.Equal(t, 1, <-got)
			require.NoError(t, b.push(arrival[int]{event: 2}))
			b.close(errClosedForTest)
		})
	}
}

var errClosedForTest = errors.New("closed")

// TestWaitingWithOneContext takes no memory from the second time on, and nothing
// stays with the context once the queue is closed.
func TestWaitingWithOneContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := queue()
	asked, got := make(chan bool), make(chan int)
	go func() {
		defer close(got)
		for range asked {
			n, err := b.pop(ctx)
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
		_ = b.push(arrival[int]{event: 1})
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
	b.close(errClosedForTest)
	<-got
	assert.Nil(t, b.arrived.unwatch)
	assert.Nil(t, b.arrived.watched)
	close(asked)
}

// locked asks while nothing changes.
func (b *inbox[E]) locked(ask func() bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return ask()
}

// TestSessionsShareDefaults holds that sessions without options of their own have
// the same ones, and that they are the documented ones.
func TestSessionsShareDefaults(t *testing.T) {
	t.Parallel()
	a, err := resolved(nil)
	require.NoError(t, err)
	b, err := resolved(&Options{})
	require.NoError(t, err)
	assert.Equal(t, a, b)
	assert.NotSame(t, a, b)
	again, err := resolved(nil)
	require.NoError(t, err)
	assert.Same(t, a, again)
	assert.Same(t, a, newSession(a, slog.New(slog.DiscardHandler)).o)
}
