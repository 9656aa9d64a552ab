// Package books records what the vendor of the calls has seen, call by call: a trial is
// judged by nothing else.
package books

import (
	"slices"
	"sync"
	"time"
)

// Kind is what happened to a call.
type Kind string

// The kinds of events. Worker is the process that caused the event, or the front that a
// webhook was delivered to.
const (
	Deliver  Kind = "webhook sent"     // A delivery began.
	Stored   Kind = "webhook taken"    // A delivery was answered with 200.
	Refused  Kind = "webhook failed"   // It was answered otherwise, or not at all.
	Accepted Kind = "accepted"         // The server accepted the call.
	Again    Kind = "accept refused"   // A worker tried to accept it, in vain.
	Attach   Kind = "attached"         // A sideband is connected.
	Detach   Kind = "detached"         // It has ended.
	Steer    Kind = "steered"          // A client event arrived; recorded for frozen workers alone.
	Asked    Kind = "tool asked"       // The model called a function; Detail is the call's id.
	Effect   Kind = "tool effect"      // The function had its effect.
	Told     Kind = "tool done"        // The model read that it was done.
	Unknown  Kind = "tool unknown"     // The model read that the outcome is unknown.
	Failed   Kind = "tool failed"      // The model read of a failure.
	Goodbye  Kind = "goodbye asked"    // The caller asked to end the call.
	GaveUp   Kind = "caller gave up"   // The caller got no answer for too long.
	HungUp   Kind = "caller hung up"   // The caller ended the call, as planned.
	Ended    Kind = "ended"            // The call is over; Detail says by whom.
	Late     Kind = "hang-up, refused" // A hang-up or transfer of a call that is over.
)

// Event is an entry of a call.
type Event struct {
	At             time.Time
	Kind           Kind
	Worker, Detail string
}

// Call is the log of one call. Its methods may be called from any goroutine.
type Call struct {
	ID string
	// Short calls come and go while workers are killed. They have their own dispatch times.
	Short bool

	books *Books

	mu       sync.Mutex
	events   []Event  // guarded by mu
	holders  []string // guarded by mu; a worker for each sideband, in order
	attached bool     // guarded by mu; there was a sideband
	over     bool     // guarded by mu
}

// Add appends an event that happens now.
func (c *Call) Add(kind Kind, worker, detail string) {
	c.Append(Event{At: time.Now(), Kind: kind, Worker: worker, Detail: detail})
}

// Append appends an event.
func (c *Call) Append(e Event) {
	c.mu.Lock()
	c.events = append(c.events, e)
	switch e.Kind {
	case Attach:
		c.holders, c.attached = append(c.holders, e.Worker), true
	case Detach:
		if i := slices.Index(c.holders, e.Worker); i >= 0 {
			c.holders = slices.Delete(c.holders, i, i+1)
		}
	case Ended:
		c.over = true
	default: // The others change nothing of the present state.
	}
	c.mu.Unlock()
	c.books.count(e.Kind)
}

// Events returns a copy of the log.
func (c *Call) Events() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.events)
}

// Now returns the workers with a sideband, the latest last, whether the call had one ever,
// and whether it is over.
func (c *Call) Now() (workers []string, attached, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.holders), c.attached, c.over
}

// Books are the logs of all calls. Its methods may be called from any goroutine.
type Books struct {
	mu     sync.Mutex
	calls  map[string]*Call // guarded by mu
	order  []*Call          // guarded by mu; in the order of their first events
	counts map[Kind]int     // guarded by mu
}

// New returns empty books.
func New() *Books { return &Books{calls: map[string]*Call{}, counts: map[Kind]int{}} }

// Call returns the log of a call, and makes it if there is none.
func (b *Books) Call(id string) *Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.calls[id]
	if c == nil {
		c = &Call{ID: id, books: b}
		b.calls[id] = c
		b.order = append(b.order, c)
	}
	return c
}

// Calls returns all logs in the order of their first events.
func (b *Books) Calls() []*Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.order)
}

// Count returns the number of events of a kind.
func (b *Books) Count(kind Kind) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts[kind]
}

func (b *Books) count(kind Kind) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[kind]++
}
