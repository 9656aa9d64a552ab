// Package bytepool lends memory for what is bytes for a moment, so that sessions in which
// nothing happens hold none.
package bytepool

import "sync"

// Pool lends memory. Most is the largest capacity that it takes back. It is safe for
// concurrent use.
type Pool struct {
	Most int

	pool sync.Pool
}

// Get returns an empty slice to append to.
func (p *Pool) Get() *[]byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return b
	}
	return new([]byte)
}

// Put takes memory back, from Get or not. Its bytes are overwritten.
func (p *Pool) Put(b *[]byte) {
	if cap(*b) <= p.Most {
		*b = (*b)[:0]
		p.pool.Put(b)
	}
}
