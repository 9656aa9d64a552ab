package loop_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
)

type clock struct{}

func (clock) Now() time.Time { return time.Now() }

func (clock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

func TestTasksRunInTheOrderOfTheirTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := loop.NewQueue[string]()
		s := loop.NewSchedule(clock{}, q.Wake)
		var ran []string
		add := func(name string, d time.Duration) *loop.Task {
			return s.After(d, func() { ran = append(ran, name) })
		}
		add("late", 2*time.Second)
		add("soon", time.Second)
		add("same time", time.Second)
		add("now", -time.Second)
		add("cancelled", time.Second).Cancel()
		(*loop.Task)(nil).Cancel()
		start := time.Now()
		for len(ran) < 4 {
			if do, ok := s.Due(); ok {
				do()
				continue
			}
			<-q.Ready()
		}
		assert.Equal(t, []string{"now", "soon", "same time", "late"}, ran)
		assert.Equal(t, 2*time.Second, time.Since(start))
		_, ok := s.Due()
		assert.False(t, ok)
	})
}

func TestAQueueEndsBehindItsValues(t *testing.T) {
	t.Parallel()
	q := loop.NewQueue[int]()
	_, ok, closed := q.Pop()
	assert.False(t, ok || closed)
	q.Push(1)
	q.Push(2)
	q.Close()
	<-q.Ready()
	for want := 1; want <= 2; want++ {
		v, ok, closed := q.Pop()
		assert.True(t, ok && !closed)
		assert.Equal(t, want, v)
	}
	_, ok, closed = q.Pop()
	assert.True(t, !ok && closed)
}

func TestAQueueHoldsNoMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := loop.NewQueue[int]()
		pushed := 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 10 {
				q.PushSized(1, loop.Limit/4)
				pushed++
			}
		}()
		time.Sleep(time.Second)
		q.Push(2) // What has no size never waits.
		taken := 0
		for range 5 {
			v, ok, _ := q.Pop()
			assert.True(t, ok)
			taken += v
			time.Sleep(time.Second)
		}
		assert.Equal(t, 4+2, taken)
		q.Discard()
		<-done
		assert.Equal(t, 10, pushed, "a discarded queue holds up nobody")
		_, ok, _ := q.Pop()
		assert.False(t, ok)
	})
}
