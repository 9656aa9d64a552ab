package realtime

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/mirror"
	"github.com/voicelane/realtime-go/internal/outage"
	"github.com/voicelane/realtime-go/internal/restore"
	"github.com/voicelane/realtime-go/socket"
)

// recovery replaces the link of a session. It keeps a history of the conversation.
type recovery struct {
	c      *core
	owner  restore.Session
	route  *route
	o      Reconnect
	values context.Context //nolint:containedctx // What Connect's context holds, for Credentials; it never ends.

	audio atomic.Int64 // how many bytes of input audio were written

	mu       *sync.Mutex // core.desk.mu, which guards what follows
	past     *history    // core.past
	due      bool        // the link has reached its age
	leaving  bool        // the link is being left for its age
	age      *time.Timer // of the link; nil when it has no end
	farewell *time.Timer // aborts a link that was left
	ended    bool

	// The reader's own.
	outage  *outage.Outage
	mute    bool          // the server does not confirm items
	refused []mirror.Lost // by the attempts of this outage
}

func newRecovery(ctx context.Context, c *core, r *route, owner restore.Session) *recovery {
	b := &recovery{c: c, mu: &c.desk.mu, owner: owner, route: r, o: *r.o.Reconnect}
	b.outage = newOutage(r)
	b.values = context.WithoutCancel(ctx)
	b.past = newHistory(b.o.HistoryBytes, b.isCall())
	c.past.Store(b.past)
	return b
}

func (b *recovery) isCall() bool { return b.route.target.kind() == kindCall }

// transcribes reports whether the session only transcribes: its settings are restored,
// and its items are not, since nothing follows from them.
func (b *recovery) transcribes() bool { return b.c.owed != nil }

// stop ends the timers with the session.
func (b *recovery) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	for _, t := range []*time.Timer{b.age, b.farewell} {
		if t != nil {
			t.Stop()
		}
	}
}

// isDue reports whether the link is due to be left: call leaveIfQuiet then, without the
// lock. The lock is held.
func (b *recovery) isDue() bool { return b.due && !b.leaving }

// wrote counts the audio that the server holds and no item has taken up. It runs on
// the writer's goroutine.
func (b *recovery) wrote(f link.Frame) {
	if f.Weight > 0 {
		b.past.Audio.Add(int64(f.Weight))
		b.audio.Add(int64(f.Weight))
	}
}

// cut resolves what the old link took and did not answer. Last is the place of the last
// event that it took, and uncertain are those whose write failed. Requests and streams that the new link will not answer fail.
func (b *recovery) cut(last uint64, uncertain []socket.Outgoing, report *Reconnected) {
	b.mu.Lock()
	defer b.c.desk.unlock()
	for _, o := range uncertain {
		// A change is not in doubt: it has an answer, takes effect, or is sent again.
		if b.isCall() || !mirror.ChangesByName(o.Type) {
			report.Uncertain = append(report.Uncertain, o)
		}
	}
	if b.isCall() {
		b.past.Drop(func(a *mirror.Ask) bool { return a.Seq <= last })
	} else {
		b.past.Cut(last)
	}
	report.Interrupted = append(report.Interrupted, b.past.Interrupted()...)
	again := func(seq uint64) bool {
		return !b.isCall() && b.past.Asks(seq)
	}
	unanswered := b.c.desk.interrupt(last, again, ErrReplaced)
	if !b.isCall() {
		// The mirror settles changes: they take effect, are sent again or are listed as lost.
		unanswered = slices.DeleteFunc(unanswered, func(u Unanswered) bool { return mirror.ChangesByName(u.Type) })
	}
	report.Unanswered = append(report.Unanswered, unanswered...)
}

// ErrReplaced is returned by a request when the connection was replaced before the
// answer came. The event may have taken effect before. A deletion or truncation of an
// item has: the new connection is not given what it removes. Requests that create an
// item or change settings do not get it: they are sent again, and wait on.
var ErrReplaced = errors.New("realtime: the connection was replaced before the answer came")
