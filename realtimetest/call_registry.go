package realtimetest

import (
	"slices"
	"sync"

	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// callRegistry holds the calls of a server by id. Its methods may be called from
// any goroutine.
type callRegistry struct {
	mu     sync.Mutex
	calls  map[string]*PhoneCall // Guarded by mu.
	order  []*PhoneCall          // Guarded by mu. The same, the oldest first.
	closed bool                  // Guarded by mu.
}

// What is kept of calls that have ended: their number, and the audio that their callers
// have heard in bytes.
const (
	keptCalls     = 100
	keptCallBytes = 2 * speech.MaxBytes
)

// get returns a call, nil if there is none of that id.
func (g *callRegistry) get(id string) *PhoneCall {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls[id]
}

// add adds a call and returns it, or the call that has its id already. It ends at once
// if the registry is closed.
func (g *callRegistry) add(c *PhoneCall) *PhoneCall {
	g.mu.Lock()
	if existing := g.calls[c.id]; existing != nil {
		g.mu.Unlock()
		return existing
	}
	if g.calls == nil {
		g.calls = map[string]*PhoneCall{}
	}
	g.calls[c.id] = c
	g.order = append(g.order, c)
	g.forgetLocked()
	closed := g.closed
	g.mu.Unlock()
	if closed {
		c.finish(End{By: EndServer})
	}
	return c
}

// forgetLocked removes the oldest calls that have ended and exceed what is kept. The
// caller holds mu.
func (g *callRegistry) forgetLocked() {
	ended, bytes := 0, 0
	kept := g.order[:0:0]
	for _, c := range slices.Backward(g.order) {
		over, heard := c.over()
		if over {
			ended, bytes = ended+1, bytes+heard
			if ended > keptCalls || bytes > keptCallBytes {
				delete(g.calls, c.id)
				continue
			}
		}
		kept = append(kept, c)
	}
	slices.Reverse(kept)
	g.order = kept
}

// close ends all calls, also those that are added later.
func (g *callRegistry) close() {
	g.mu.Lock()
	g.closed = true
	calls := make([]*PhoneCall, 0, len(g.calls))
	for _, c := range g.calls {
		calls = append(calls, c)
	}
	g.mu.Unlock()
	for _, c := range calls {
		c.finish(End{By: EndServer})
	}
}
