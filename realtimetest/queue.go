package realtimetest

import "sync"

// queue passes values to one receiver. It is unbounded, so that a client which
// sends a lot before it reads cannot come to a standstill with the server.
type queue[T any] struct {
	mu     sync.Mutex
	values []T
	closed bool
	ready  chan struct{} // Holds a token when there may be something to do.
}

func newQueue[T any]() *queue[T] { return &queue[T]{ready: make(chan struct{}, 1)} }

func (q *queue[T]) push(v T) {
	q.mu.Lock()
	q.values = append(q.values, v)
	q.mu.Unlock()
	q.wake()
}

// wake lets the receiver look again.
func (q *queue[T]) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// close says that nothing follows what is in the queue.
func (q *queue[T]) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.wake()
}

// pop takes the oldest value. over says that there will be no more.
func (q *queue[T]) pop() (v T, ok, over bool) {
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
