package realtime

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
)

// recovery replaces the link of a session. It keeps the history of the conversation,
// which observe and sent update.
type recovery struct {
	c     *core
	take  func(data []byte) error // handles a message as for any link
	route *route
	o     Reconnect

	audio atomic.Int64 // how many bytes of input audio were written

	mu       *sync.Mutex // core.desk.mu, which guards what follows
	past     history
	due      bool        // the link has reached its age
	leaving  bool        // the link is being left for its age
	age      *time.Timer // of the link; nil when it has no end
	farewell *time.Timer // aborts a link that was left
	ended    bool

	// The reader's own.
	outage outage
}

func newRecovery(c *core, r *route, take func([]byte) error) *recovery {
	b := &recovery{c: c, mu: &c.desk.mu, take: take, route: r, o: *r.o.Reconnect}
	b.outage = outage{o: &b.o, since: time.Now()}
	b.past.limit = b.o.HistoryBytes
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

// observe notes what an event changes in the conversation. It reports whether the
// link is due to be left: call leaveIfQuiet then, without the lock. The lock is held.
func (b *recovery) observe(e api.ServerEvent) (due bool) {
	if b.isCall() {
		return false
	}
	b.past.observe(e)
	return b.due && !b.leaving
}

// sent notes what an event will change once the server accepts it.
func (b *recovery) sent(id string, seq uint64, e api.ClientEvent) {
	if _, ok := e.(*api.SessionUpdate); !ok || b.isCall() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.past.sent(id, seq, e)
}

// wrote counts the audio that the server holds and no item has taken up. It runs on
// the writer's goroutine.
func (b *recovery) wrote(f link.Frame) {
	if f.Weight > 0 {
		b.past.audio.Add(int64(f.Weight))
		b.audio.Add(int64(f.Weight))
	}
}

// hasCall reports whether the session holds a function call.
func (b *recovery) hasCall(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.past.items, func(p *pastItem) bool {
		call, ok := p.item.(*api.FunctionCall)
		return ok && call.CallID == id
	})
}

// ErrReplaced is returned by a request when the connection was replaced before the
// answer came. The event may have taken effect before.
var ErrReplaced = errors.New("realtime: the connection was replaced before the answer came")
