package loop

import "sync"

// Queue passes values from any goroutine to one receiver. Values with a size wait for
// room, so that a client that sends while the session stalls fills the network and not the
// memory; others never wait.
type Queue[T any] struct {
	ready chan struct{} // Holds a token when there may be something to do.
	limit int           // Bytes.

	mu        sync.Mutex
	room      sync.Cond  // On mu. Signals that bytes has fallen, or the queue was discarded.
	values    []sized[T] // Guarded by mu.
	bytes     int        // Guarded by mu. The sum of the sizes of values.
	closed    bool       // Guarded by mu.
	discarded bool       // Guarded by mu.
}

type sized[T any] struct {
	value T
	size  int
}

// Limit is the number of bytes that a queue holds. It is more than the largest frame.
const Limit = 64 << 20

// NewQueue returns an empty queue.
func NewQueue[T any]() *Queue[T] {
	q := &Queue[T]{ready: make(chan struct{}, 1), limit: Limit}
	q.room.L = &q.mu
	return q
}

// Ready receives a value after a Push, Wake or Close. Several of them may give
// one value.
func (q *Queue[T]) Ready() <-chan struct{} { return q.ready }

// Push adds a value, unless the queue is discarded.
func (q *Queue[T]) Push(v T) { q.PushSized(v, 0) }

// PushSized adds a value that takes memory. It waits while the queue holds too much, until
// it is discarded.
func (q *Queue[T]) PushSized(v T, size int) {
	q.mu.Lock()
	for size > 0 && q.bytes > 0 && q.bytes+size > q.limit && !q.discarded {
		q.room.Wait()
	}
	if !q.discarded {
		q.values = append(q.values, sized[T]{v, size})
		q.bytes += size
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
	q.values, q.bytes, q.discarded = nil, 0, true
	q.room.Broadcast()
}

// Pop removes the oldest value. ok reports whether there was one, and closed
// whether the queue is empty and closed.
func (q *Queue[T]) Pop() (v T, ok, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.values) == 0 {
		return v, false, q.closed
	}
	first := q.values[0]
	q.values[0] = sized[T]{}
	q.values = q.values[1:]
	q.bytes -= first.size
	q.room.Broadcast()
	return first.value, true, false
}
