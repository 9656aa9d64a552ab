package audiorun

import (
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/coalesce"
	"github.com/voicelane/realtime-go/internal/monotonic"
)

// patience is the time after its first piece after which a run ends that nothing has ended, or
// up to half a second sooner: the server has fallen silent. It is longer than Length, so that
// the timer does not run while pieces arrive. But a process wakes up for a timer that was set
// anew as well, at its former time, so that sessions have theirs together.
const (
	patience = Length + time.Second
	slack    = time.Second / 2
)

// Merger merges the pieces that a session receives. One goroutine calls its methods; its
// timer ends a run that nothing follows. The zero value merges nothing.
//
// With a thousand sessions, what a piece costs is fetching memory. A merger is a part of its
// session, on a page that is at hand, and what a piece needs of it is one line of memory.
type Merger struct {
	*rest            // nil if there is no use for runs; set by Init
	mu    sync.Mutex // guards what follows and what is in rest, and is held while out runs
	run   run
}

// rest is what a piece does not need that continues a run.
type rest struct {
	out      func(Summary)
	late     *time.Timer // nil before the first run
	response string      // of the run, as is content
	content  int
}

// Init has out called with each run, unless it is nil.
func (m *Merger) Init(out func(Summary)) {
	if out != nil {
		m.rest = &rest{out: out}
	}
}

// Merges reports whether there is a use for runs. It also has the processor fetch what Add
// needs: call it before what takes time.
func (m *Merger) Merges() bool { return m.rest != nil }

// Add counts a piece that arrived at now, unless it is none.
func (m *Merger) Add(p Piece, now monotonic.Time) {
	if !m.Merges() || !p.isAudio {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.run.extend(&p, now) {
		return
	}
	m.end()
	m.run.begin(&p, now)
	m.response, m.content = p.response, p.content
	if late := coalesce.Sooner(patience, slack); m.late == nil {
		m.late = time.AfterFunc(late, m.expire)
	} else {
		m.late.Reset(late)
	}
}

// End ends the open run, if there is one: its out has returned when End does.
func (m *Merger) End() { m.Beside(m.end) }

// Beside runs f while no run can end.
func (m *Merger) Beside(f func()) {
	if m.Merges() {
		m.mu.Lock()
		defer m.mu.Unlock()
	}
	f()
}

// Close ends the open run for good: no piece follows.
func (m *Merger) Close() {
	m.End()
	if m.Merges() && m.late != nil {
		m.late.Stop()
	}
}

// end is End under the lock.
func (m *Merger) end() {
	if m.run.isOpen() {
		m.out(m.run.end(m.response, m.content))
	}
}

// expire ends a run whose time is over. The open one may be younger than the timer's call.
func (m *Merger) expire() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if monotonic.Since(m.run.first) >= Length {
		m.end()
	}
}
