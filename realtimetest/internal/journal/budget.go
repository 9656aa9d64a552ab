// Package journal records what a server has seen, in bounded memory.
//
// A [Log] holds records of one kind, and a [Budget] bounds the memory of several logs
// together: what is oldest is forgotten first, whichever log it belongs to.
package journal

import "sync"

// RecordBytes is the memory of a record beside its content.
const RecordBytes = 128

// Budget bounds the memory of logs. Its methods may be called from any goroutine. No
// lock is held while a log forgets.
type Budget struct {
	limit int // In bytes; not positive is unlimited. Set once.

	// Guarded by mu.
	mu   sync.Mutex
	used int      // The sum of the sizes in kept.
	kept []logged // The oldest first.
}

// logged is a record of a log.
type logged struct {
	in   Forgetter
	size int
}

// Forgetter is a log that can remove its oldest record.
type Forgetter interface{ Forget() }

// NewBudget returns a budget of limit bytes. A limit that is not positive is none.
func NewBudget(limit int) *Budget { return &Budget{limit: limit} }

// Add counts a record of a log, and makes logs forget until the limit is kept. The
// caller holds no lock of a log.
func (b *Budget) Add(in Forgetter, size int) {
	if b.limit <= 0 {
		return
	}
	for _, full := range b.count(logged{in, size}) {
		full.Forget()
	}
}

// count adds a record and returns the logs that must forget one each.
func (b *Budget) count(r logged) []Forgetter {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append(b.kept, r)
	b.used += r.size
	var over []Forgetter
	for b.used > b.limit && len(b.kept) > 1 {
		over = append(over, b.kept[0].in)
		b.used -= b.kept[0].size
		b.kept[0] = logged{}
		b.kept = b.kept[1:]
	}
	return over
}
