package realtime

import (
	"io"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/feed"
	"github.com/voicelane/realtime-go/internal/mirror"
)

// history is the conversation as the server holds it: a session that reconnects restores
// it, and [Conversation] shows it. A session that does neither has none. It is guarded by
// desk.mu, but for its atomics and the feed.
type history struct {
	mirror.Mirror

	asksOnly bool // a call that no program reads: it continues at the server
	changes  feed.Feed[Item]
	received atomic.Uint64 // the version that the receiver was given
}

// newHistory returns a history of at most that many bytes.
func newHistory(limit int, asksOnly bool) *history {
	h := &history{asksOnly: asksOnly}
	h.Limit = limit
	h.Changed = func(v mirror.View) {
		if h.changes.Read() {
			h.changes.Put(itemOf(v))
		}
	}
	return h
}

// observe notes what an event changes. The lock is held.
func (h *history) observe(e api.ServerEvent) { h.Observe(e, h.asksOnly) }

// close ends the loops over changes with what Recv returns.
func (h *history) close(received error) {
	if received == io.EOF { //nolint:errorlint // It is never wrapped.
		received = nil
	}
	h.changes.Close(received)
}

// sent notes what an event will change once the server accepts it. Message is the event
// as it is sent.
func (c *core) sent(id string, seq uint64, e api.ClientEvent, message []byte) {
	h := c.past.Load()
	if h == nil || mirror.Changes(e) == 0 {
		return
	}
	a := mirror.NewAsk(id, seq, e, message)
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	h.Sent(a)
}

// withdrawn forgets an event that has left the send queue unwritten: it is not restored.
func (c *core) withdrawn(seq uint64) {
	h := c.past.Load()
	if h == nil {
		return
	}
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	h.Drop(func(a *mirror.Ask) bool { return a.Seq == seq })
}
