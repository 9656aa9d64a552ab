package books

import (
	"slices"
	"sync"
	"time"
)

// Deed is what the conductor does to a worker.
type Deed string

// The deeds.
const (
	Start  Deed = "started"
	Kill   Deed = "killed"
	Freeze Deed = "frozen"
	Wake   Deed = "woken"
	Deploy Deed = "told to drain"
	Exit   Deed = "exited"
	Outage Deed = "lost for a while" // Of a NATS server.
)

// Act is one deed.
type Act struct {
	At     time.Time
	Deed   Deed
	Worker string
}

// Timeline is what was done to the workers, in order. Its methods may be called from any
// goroutine.
type Timeline struct {
	mu   sync.Mutex
	acts []Act // guarded by mu
}

// Add appends a deed that is done now.
func (t *Timeline) Add(deed Deed, worker string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.acts = append(t.acts, Act{At: time.Now(), Deed: deed, Worker: worker})
}

// Acts returns a copy of the timeline.
func (t *Timeline) Acts() []Act {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.acts)
}
