package fleet

import (
	"context"
	"log/slog"
	"sync"
)

// maxTroubles bounds the texts of errors that a trouble knows.
const maxTroubles = 8

// trouble logs the errors of something that is repeated until it succeeds: each text once, and
// the success after them.
type trouble struct {
	log  *slog.Logger
	what string

	mu   sync.Mutex
	seen map[string]bool // guarded by mu; nil after a success
}

// note logs a result if it is news.
func (t *trouble) note(ctx context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil && t.seen != nil:
		t.seen = nil
		t.log.InfoContext(ctx, "fleet: "+t.what+" works again")
	case err != nil && !t.seen[err.Error()] && len(t.seen) < maxTroubles:
		if t.seen == nil {
			t.seen = map[string]bool{}
		}
		t.seen[err.Error()] = true
		t.log.WarnContext(ctx, "fleet: "+t.what+" fails, and is repeated", "error", err)
	}
}

// maxUnread is how often a worker is given a call whose state it cannot read, a lease apart,
// before it ends the call. It is a variable for tests, which must not take long.
var maxUnread = 12

// maxUnreadKeys bounds the counts. To forget them delays the ends of calls.
const maxUnreadKeys = 10_000

// unreadable logs the first error of a call whose state cannot be read, and reports whether the
// worker must end the call. Otherwise nothing is acknowledged, and the call comes back after a
// lease: without a fenced write it is not known whether another worker has it.
func (w *work) unreadable(j *Job, err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.unread) >= maxUnreadKeys {
		clear(w.unread)
	}
	w.unread[j.key]++
	if w.unread[j.key] == 1 {
		w.f.log.Error("fleet: a call is left to a worker that can read its state", "worker", w.id, "call", j.ID(), "error", err)
	}
	if w.unread[j.key] < maxUnread {
		return false
	}
	delete(w.unread, j.key)
	return true
}

// readable forgets that the state of a call could not be read.
func (w *work) readable(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.unread, key)
}
