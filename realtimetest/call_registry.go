package realtimetest

import "sync"

// callRegistry holds the calls of a server by id. Its methods may be called from
// any goroutine.
type callRegistry struct {
	mu     sync.Mutex
	calls  map[string]*PhoneCall // Guarded by mu.
	closed bool                  // Guarded by mu.
}

// get returns a call, nil if there is none of that id.
func (g *callRegistry) get(id string) *PhoneCall {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls[id]
}

// add adds a call. It ends at once if the registry is closed.
func (g *callRegistry) add(c *PhoneCall) {
	g.mu.Lock()
	if g.calls == nil {
		g.calls = map[string]*PhoneCall{}
	}
	g.calls[c.id] = c
	closed := g.closed
	g.mu.Unlock()
	if closed {
		c.finish(End{By: EndServer})
	}
}

// joinable reports whether a sideband may connect to a call now. Calls of unknown
// ids exist elsewhere: they may have one.
func (g *callRegistry) joinable(id string) bool {
	c := g.get(id)
	return c == nil || c.join()
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
