package telephonytest

import (
	"time"
)

// transport is the connection to the program.
type transport interface {
	read() (message, error)
	write(m message) error
	// close ends the connection, without notice if abrupt.
	close(abrupt bool)
}

// queue holds messages on their way.
type queue struct {
	list   []transit
	latest time.Time // when the last one arrives
	last   bool      // the call ends when it is empty
}

type transit struct {
	message

	due time.Time
}

// put adds a message that arrives after a delay, and not before those before it.
func (q *queue) put(now time.Time, delay time.Duration, m message) {
	due := now.Add(delay)
	if due.Before(q.latest) {
		due = q.latest
	}
	q.latest = due
	q.list = append(q.list, transit{m, due})
}

// take returns the first message if it has arrived, or when it does.
func (q *queue) take(now, stalled time.Time) (m message, due time.Time, ok bool) {
	if len(q.list) == 0 {
		return message{}, time.Time{}, false
	}
	first := &q.list[0]
	due = first.due
	if due.Before(stalled) {
		due = stalled
	}
	if due.After(now) {
		return message{}, due, false
	}
	m = first.message
	first.message = message{}
	q.list = q.list[1:]
	return m, time.Time{}, true
}
