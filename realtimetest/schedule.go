package realtimetest

import (
	"slices"
	"sync/atomic"
	"time"
)

// task is something that a session does at a time.
type task struct {
	at        time.Time
	do        func()
	cancelled bool
}

// schedule holds the tasks of one session in their order. Tasks of the same
// time keep the order in which they were added.
type schedule struct {
	clock Clock
	wake  func()
	tasks []*task
	stop  func() bool // Stops the timer for the first task.
	armed time.Time   // The time that the timer is for.
	fired *atomic.Bool
}

// after adds a task that is due after d.
func (s *schedule) after(d time.Duration, do func()) *task {
	t := &task{at: s.clock.Now().Add(max(d, 0)), do: do}
	s.add(t)
	return t
}

func (s *schedule) add(t *task) {
	i := len(s.tasks)
	for i > 0 && s.tasks[i-1].at.After(t.at) {
		i--
	}
	s.tasks = slices.Insert(s.tasks, i, t)
}

// due takes the first task whose time has come. When there is none it sees to
// it that wake is called at the next one's time.
func (s *schedule) due() (func(), bool) {
	for len(s.tasks) > 0 && s.tasks[0].cancelled {
		s.tasks = s.tasks[1:]
	}
	if len(s.tasks) == 0 {
		s.halt()
		return nil, false
	}
	first := s.tasks[0]
	wait := first.at.Sub(s.clock.Now())
	if wait <= 0 {
		s.tasks = s.tasks[1:]
		return first.do, true
	}
	// A timer may fire a little early on a clock that calculates.
	if s.stop == nil || s.fired.Load() || !s.armed.Equal(first.at) {
		s.halt()
		s.arm(first.at, wait)
	}
	return nil, false
}

func (s *schedule) arm(at time.Time, wait time.Duration) {
	fired := new(atomic.Bool)
	s.armed, s.fired = at, fired
	s.stop = s.clock.AfterFunc(wait, func() {
		fired.Store(true)
		s.wake()
	})
}

// halt stops the timer.
func (s *schedule) halt() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// cancel makes t never happen. It may be nil.
func (t *task) cancel() {
	if t != nil {
		t.cancelled = true
	}
}
