package feed

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func all(seq iter.Seq2[int, error]) (values []int, err error) {
	for v, e := range seq {
		if err = e; err == nil {
			values = append(values, v)
		}
	}
	return values, err
}

func TestReadersGetWhatIsPutFromTheirCallOn(t *testing.T) {
	t.Parallel()
	var f Feed[int]
	f.Put(1)
	first := f.From(t.Context())
	f.Put(2)
	second := f.From(t.Context())
	f.Put(3)
	end := errors.New("end")
	f.Close(end)
	f.Close(nil)
	values, err := all(first)
	assert.Equal(t, []int{2, 3}, values)
	require.ErrorIs(t, err, end)
	values, err = all(second)
	assert.Equal(t, []int{3}, values)
	require.ErrorIs(t, err, end)
	assert.Empty(t, f.readers)
}

func TestReadersWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f Feed[int]
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan int)
		values := f.From(ctx)
		ended := make(chan error)
		go func() {
			for v, err := range values {
				if err != nil {
					ended <- err
					return
				}
				got <- v
			}
		}()
		synctest.Wait()
		f.Put(7)
		assert.Equal(t, 7, <-got)
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
		synctest.Wait()
		f.mu.Lock()
		defer f.mu.Unlock()
		assert.Empty(t, f.readers)
	})
}

func TestAnEndedContextLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f Feed[int]
		ctx, cancel := context.WithCancel(t.Context())
		_ = f.From(ctx)
		assert.Len(t, f.readers, 1)
		cancel()
		synctest.Wait()
		f.mu.Lock()
		defer f.mu.Unlock()
		assert.Empty(t, f.readers, "a loop that never began keeps nothing")
	})
}

func TestASlowReaderLosesValuesAndLearnsIt(t *testing.T) {
	t.Parallel()
	var f Feed[int]
	slow := f.From(t.Context())
	for i := range room + 5 {
		f.Put(i)
	}
	values, err := all(slow)
	assert.Len(t, values, room)
	require.ErrorIs(t, err, ErrBehind)
}

func TestAFurtherLoopBeginsAnew(t *testing.T) {
	t.Parallel()
	var f Feed[int]
	values := f.From(t.Context())
	f.Put(1)
	for v, err := range values {
		require.NoError(t, err)
		assert.Equal(t, 1, v)
		break
	}
	assert.False(t, f.Read())
	f.Put(2)
	second := make(chan int)
	go func() {
		for v, err := range values {
			assert.NoError(t, err)
			second <- v
		}
		close(second)
	}()
	for !f.Read() {
		runtime.Gosched()
	}
	f.Put(3)
	assert.Equal(t, 3, <-second)
	f.Close(nil)
	_, more := <-second
	assert.False(t, more)
}
