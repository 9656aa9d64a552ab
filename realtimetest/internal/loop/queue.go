package loop

import "sync"

// Queue passes values from any goroutine to one receiver. It is unbounded: a
// client that sends a lot before it reads must not block the server's reader.
type Queue[T any] struct {
	ready chan struct{} // Holds a token when there may be something to do.

	mu        sync.Mutex
	values    []T  // Guarded by mu.
	closed    bool // Guarded by mu.
	discarded bool // Guarded by mu.
}

// NewQueue returns an empty queue.
func NewQueue[T any]() *Queue[T] { return &Queue[T]{ready: make(chan struct{}, 1)} }

// Ready receives a value after a Push, Wake or Close. Several of them may give
// one value.
func (q *Queue[T]) Ready() <-chan struct{} { return q.ready }

// Push adds a value, unless the queue is discarded.
func (q *Queue[T]) Push(v T) {
	q.mu.Lock()
	if !q.discarded {
		q.values = append(q.values, v)
	}
	q.mu.Unlock()
	q.Wake()
}

// Wake wakes the receiver without a value.
func (q *Queue[T]) Wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// Close marks the end of the queue, behind the values that are in it.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.Wake()
}

// Discard removes the values and those that are added later. Nothing uses the queue
// any more.
func (q *Queue[T]) Discard() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.values, q.discarded = nil, true
}

// Pop removes the oldest value. ok reports whether there was one, and closed
// whether the queue is empty and closed.
func (q *Queue[T]) Pop() (v T, ok, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.values) == 0 {
		return v, false, q.closed
	}
	v = q.values[0]
	var zero T
	q.values[0] = zero
	q.values = q.values[1:]
	return v, true, false
}
