package link

import (
	"slices"
	"sync"
	"time"
)

// turn is a mutex that is granted in order and whose take can time out. It is no channel: an
// uncontended turn touches less memory. The zero value is free.
type turn struct {
	mu    sync.Mutex      // guards what follows
	taken bool            // also while it passes to the first of queue
	queue []chan struct{} // waiting calls of take; each is closed when it is granted
}

// try takes the turn if it is free.
func (t *turn) try() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken {
		return false
	}
	t.taken = true
	return true
}

// take waits for the turn until expired delivers, and reports whether it was taken. Nil never
// does.
func (t *turn) take(expired <-chan time.Time) bool {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return true
	}
	mine := make(chan struct{})
	t.queue = append(t.queue, mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return true
	case <-expired:
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.queue, mine)
	if i < 0 {
		return true // It came in the meantime.
	}
	t.queue = slices.Delete(t.queue, i, i+1)
	return false
}

// release gives the turn to the first that waits for it.
func (t *turn) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		t.taken, t.queue = false, nil
		return
	}
	close(t.queue[0])
	t.queue = t.queue[1:]
}
