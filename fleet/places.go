package fleet

import (
	"context"
	"sync"
)

// places are the places of a worker: 0 ≤ lines ≤ held ≤ capacity. A pull reserves places
// for the calls that it may bring; a line may take one of them nevertheless.
type places struct {
	capacity int

	mu     sync.Mutex
	held   int // calls and lines
	lines  int // of them lines
	pulled int
	closed bool
	freed  chan struct{} // closed and replaced when a place becomes free or places close
}

func newPlaces(capacity int) *places {
	return &places{capacity: capacity, freed: make(chan struct{})}
}

// reserve waits for a free place and takes up to n for a pull, but not more than a share of
// the free ones. It returns 0 when ctx has ended or the places are closed.
func (p *places) reserve(ctx context.Context, n, shares int) int {
	for {
		p.mu.Lock()
		free, closed, freed := p.capacity-p.held-p.pulled, p.closed, p.freed
		if !closed && free > 0 {
			n = min(n, max(1, free/shares))
			p.pulled += n
			p.mu.Unlock()
			return n
		}
		p.mu.Unlock()
		if closed {
			return 0
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return 0
		}
	}
}

// fill turns a reserved place into one that a call holds. It returns false, and the place
// is no longer reserved, if lines have taken all or the places are closed.
func (p *places) fill() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pulled--
	if p.closed || p.held >= p.capacity {
		return false
	}
	p.held++
	return true
}

// unreserve frees n reserved places.
func (p *places) unreserve(n int) { p.free(&p.pulled, n) }

// release frees the place of a call.
func (p *places) release() { p.free(&p.held, 1) }

func (p *places) free(count *int, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*count -= n
	p.wake()
}

// wake wakes those that wait for a change. The lock is held.
func (p *places) wake() {
	close(p.freed)
	p.freed = make(chan struct{})
}

// admit takes a place for a line.
func (p *places) admit() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.held >= p.capacity {
		return false
	}
	p.held++
	p.lines++
	return true
}

// releaser returns a func that frees the place of a line once.
func (p *places) releaser() func() {
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.held--
		p.lines--
		p.wake()
	})
}

// close refuses further calls and lines.
func (p *places) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.wake()
}

// quiet waits until no line is left, or ctx has ended.
func (p *places) quiet(ctx context.Context) bool {
	for {
		p.mu.Lock()
		lines, freed := p.lines, p.freed
		p.mu.Unlock()
		if lines == 0 {
			return true
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return false
		}
	}
}

func (p *places) count() (held, lines int, draining bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held, p.lines, p.closed
}
