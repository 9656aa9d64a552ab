package conductor

import (
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
)

// Snapshot is how a trial stands.
type Snapshot struct {
	Phase string
	// Workers are those that live, and those that ended a moment ago.
	Workers []WorkerState
	// Ringing calls wait for their first sideband, Held ones have one, Alone ones are without
	// since their worker has ended, and Over ones have ended.
	Ringing, Held, Alone, Over int
	// Orders are the effects so far, Unknown those whose outcome is unknown.
	Orders, Unknown int
}

// WorkerState is how a worker stands.
type WorkerState struct {
	Name  string
	State State
	Held  int
}

// remembered is for how long a worker that has ended is shown.
const remembered = 8 * time.Second

// Snapshot returns how the trial stands.
func (t *Trial) Snapshot() *Snapshot {
	s := &Snapshot{Orders: t.Vendor.Books.Count(books.Effect), Unknown: t.Vendor.Books.Count(books.Unknown)}
	held := map[string]int{}
	for _, c := range t.Vendor.Books.Calls() {
		workers, attached, over := c.Now()
		switch {
		case over:
			s.Over++
		case len(workers) > 0:
			s.Held++
			held[workers[len(workers)-1]]++
		case attached:
			s.Alone++
		default:
			s.Ringing++
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Phase = t.phase
	for _, m := range t.all {
		ended := m.state == Killed || m.state == Gone
		if m.proc != nil && (!ended || time.Since(m.since) < remembered) {
			s.Workers = append(s.Workers, WorkerState{m.proc.Name, m.state, held[m.proc.Name]})
		}
	}
	return s
}
