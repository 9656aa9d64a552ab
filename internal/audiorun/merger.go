package audiorun

import (
	"sync"
	"sync/atomic"
	"time"
)

// patience is the time after its first piece after which a run ends that nothing has ended:
// the server has fallen silent. It is longer than Length, so that it costs nothing while
// pieces arrive.
const patience = Length + time.Second

// Merger merges the pieces that a session receives. One goroutine calls its methods; its
// timer ends a run that nothing follows. A nil one, of a session whose taps want no runs,
// merges nothing and takes no memory.
type Merger struct {
	mu    sync.Mutex // guards what follows, and is held while out runs
	fetch atomic.Uint32
	run   Run
	began time.Time
	out   func(Summary)
	late  *time.Timer // nil before the first run
	// fetched is in the second line of cache, fetch in the first. The size is that of two, which
	// the allocator then aligns.
	fetched atomic.Uint32
	_       [4]byte
}

// Fetch has the processor fetch the merger's memory for an Add that follows soon, while it
// waits for other memory. With a thousand sessions, that is most of the cost of an Add.
func (m *Merger) Fetch() {
	if m != nil {
		m.fetch.Load()
		m.fetched.Load()
	}
}

// New returns a merger that calls out with each run, or nil if out is nil.
func New(out func(Summary)) *Merger {
	if out == nil {
		return nil
	}
	return &Merger{began: time.Now(), out: out}
}

// Add counts a piece, unless it is none.
func (m *Merger) Add(p *Piece) {
	if m == nil || !p.isAudio {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Since(m.began)
	if m.run.Extend(p, now) {
		return
	}
	m.end()
	m.run.Begin(p, now)
	if m.late == nil {
		m.late = time.AfterFunc(patience, m.expire)
	} else {
		m.late.Reset(patience)
	}
}

// End ends the open run, if there is one: its out has returned when End does.
func (m *Merger) End() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.end()
}

// Beside runs f while no run can end.
func (m *Merger) Beside(f func()) {
	if m == nil {
		f()
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// Close ends the open run for good: no piece follows.
func (m *Merger) Close() {
	m.End()
	if m != nil && m.late != nil {
		m.late.Stop()
	}
}

// end is End under the lock.
func (m *Merger) end() {
	if m.run.IsOpen() {
		m.out(m.run.End(m.began))
	}
}

// expire ends a run whose time is over. The open one may be younger than the timer's call.
func (m *Merger) expire() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.began)-m.run.first >= Length {
		m.end()
	}
}
