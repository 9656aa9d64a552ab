package realtimetest

import "sync"

// logBudget bounds the memory of a server's logs: the frames of all connections, the
// REST requests, and the connections that have ended. What is oldest is forgotten
// first. Its methods may be called from any goroutine.
type logBudget struct {
	limit int // In bytes; 0 is unlimited. Set once.

	// Guarded by mu.
	mu   sync.Mutex
	used int      // The sum of the sizes in kept.
	kept []logged // The oldest first.
}

// logged is a record of a log.
type logged struct {
	in   forgetter
	size int
}

// forgetter is a log that can remove its oldest record.
type forgetter interface{ forget() }

const (
	// recordBytes is the memory of a record beside its content.
	recordBytes = 128
	// connBytes is the memory of an ended connection beside its frames.
	connBytes = 16 << 10
)

// add counts a record of a log, and makes logs forget until the limit is kept. The
// caller holds no lock.
func (b *logBudget) add(in forgetter, size int) {
	if b.limit <= 0 {
		return
	}
	for _, log := range b.count(logged{in, size}) {
		log.forget()
	}
}

// count adds a record and returns the logs that must forget one each.
func (b *logBudget) count(r logged) []forgetter {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append(b.kept, r)
	b.used += r.size
	var over []forgetter
	for b.used > b.limit && len(b.kept) > 1 {
		over = append(over, b.kept[0].in)
		b.used -= b.kept[0].size
		b.kept[0] = logged{}
		b.kept = b.kept[1:]
	}
	return over
}
