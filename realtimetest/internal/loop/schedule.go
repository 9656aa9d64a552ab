// Package loop holds what an event loop needs: a [Queue] of what other goroutines
// want from it, and a [Schedule] of what is due later.
package loop

import (
	"slices"
	"sync/atomic"
	"time"
)

// Clock is the source of time of a [Schedule].
type Clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Schedule holds the tasks of one event loop in the order of their times. Tasks
// of the same time keep the order in which they were added. Only the loop's
// goroutine uses it; the timer's goroutine calls wake and nothing else.
type Schedule struct {
	clock Clock
	wake  func()
	tasks []*Task
	stop  func() bool  // Stops the timer. Nil without a timer.
	armed time.Time    // The time of the timer.
	fired *atomic.Bool // Set by the timer.
}

// Task is a function that a [Schedule] runs at a time.
type Task struct {
	at time.Time
	do func() // Nil once cancelled, since what it refers to may be large.
}

// NewSchedule returns an empty schedule. wake is called on a goroutine of the
// clock when a task is due.
func NewSchedule(clock Clock, wake func()) Schedule { return Schedule{clock: clock, wake: wake} }

// After adds a task that is due after d.
func (s *Schedule) After(d time.Duration, do func()) *Task {
	t := &Task{at: s.clock.Now().Add(max(d, 0)), do: do}
	i := len(s.tasks)
	for i > 0 && s.tasks[i-1].at.After(t.at) {
		i--
	}
	s.tasks = slices.Insert(s.tasks, i, t)
	return t
}

// Due removes and returns the first task if its time has come. Otherwise it sets
// the timer for that task.
func (s *Schedule) Due() (do func(), ok bool) {
	for len(s.tasks) > 0 && s.tasks[0].do == nil {
		s.drop()
	}
	if len(s.tasks) == 0 {
		s.Stop()
		return nil, false
	}
	first := s.tasks[0]
	wait := first.at.Sub(s.clock.Now())
	if wait <= 0 {
		s.drop()
		return first.do, true
	}
	// A timer may fire a little early on a clock that calculates.
	if s.stop == nil || s.fired.Load() || !s.armed.Equal(first.at) {
		s.Stop()
		s.arm(first.at, wait)
	}
	return nil, false
}

// drop removes the first task.
func (s *Schedule) drop() {
	s.tasks[0] = nil // The array outlives the task.
	s.tasks = s.tasks[1:]
}

func (s *Schedule) arm(at time.Time, wait time.Duration) {
	fired := new(atomic.Bool)
	s.armed, s.fired = at, fired
	s.stop = s.clock.AfterFunc(wait, func() {
		fired.Store(true)
		s.wake()
	})
}

// Stop stops the timer.
func (s *Schedule) Stop() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// Cancel removes t from its schedule. t may be nil, and it may have run.
func (t *Task) Cancel() {
	if t != nil {
		t.do = nil
	}
}
