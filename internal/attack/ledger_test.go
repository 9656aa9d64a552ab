package attack

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// ledger is what a program knows of its conversation.
type ledger struct {
	blind    bool            // Nothing is received but by requests.
	accepted map[string]bool // by event id: Send or Request was successful
	refused  map[string]bool // by event id: Send was not
	items    []string        // ids of the items that were accepted, in the order of the notes
	deleted  map[string]bool // ids of the items for which a deletion may have been sent
	lost     map[string]string
	failed   map[string]bool // event ids that an error of the server names
	seen     map[string]int  // by id of the server's event
	order    []string        // ids of the server's events
	outages  int
	removed  int             // events that reconnections took out of the send queue
	told     map[string]bool // response ids that ended
	ended    string          // the item of the last request
}

func newLedger() ledger {
	return ledger{
		accepted: map[string]bool{}, refused: map[string]bool{}, deleted: map[string]bool{}, lost: map[string]string{},
		failed: map[string]bool{}, seen: map[string]int{}, told: map[string]bool{},
	}
}

// note writes down what became of an event.
func (l *ledger) note(e api.ClientEvent, err error, requested bool) {
	id := api.ClientEventID(e)
	if x, ok := e.(*api.ConversationItemDelete); ok && (err == nil || requested) {
		l.deleted[x.ItemID] = true
	}
	switch {
	case err == nil:
		l.accepted[id] = true
		if x, ok := e.(*api.ConversationItemCreate); ok {
			l.items = append(l.items, api.ItemID(x.Item))
		}
	case !requested:
		l.refused[id] = true
	}
}

func (l *ledger) take(e api.ServerEvent) {
	switch e := e.(type) {
	case *realtime.Reconnecting:
		return
	case *realtime.Reconnected:
		l.outages++
		for _, x := range e.Lost {
			l.lost[x.ID] = x.Reason
			if x.ID == "" {
				l.removed++
			}
		}
		for _, id := range e.Interrupted {
			l.told[id] = true
		}
		return
	case *api.ResponseDone:
		l.told[e.Response.ID] = true
	case *api.ErrorEvent:
		if id, ok := e.Error.EventID.Get(); ok {
			l.failed[id] = true
		}
	default:
	}
	if id := api.ServerEventID(e); id != "" {
		l.seen[id]++
		l.order = append(l.order, id)
	}
}

// check compares the ledger with the log of the server.
func (k *talk) check(closed error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	tally.add("outages of conversations", k.book.outages)
	tally.add("items lost and listed", len(k.book.lost))
	removed := k.book.removed
	if dropped := int(k.s.Stats().Dropped); dropped > 0 {
		tally.add("events dropped", dropped)
		k.book.blind, removed = true, -1
	}
	if !k.strict() {
		k.account.check(k.front, k.s, closed, nil, removed)
		return
	}
	tally.add("conversations compared", 1)
	conns := k.net.srv.Conns()
	arrived := map[string]int{}
	for _, a := range k.arrivals(conns) {
		arrived[a.id]++
	}
	k.account.check(k.front, k.s, closed, arrived, removed)
	k.checkOnce(conns)
	k.checkAudio(conns, k.account.skipped)
	if !k.book.blind {
		k.checkReceived(conns)
	}
	if k.book.ended != "" {
		tally.add("conversations whole at the end", 1)
		k.checkConversation(conns)
	}
	if closed == nil && !k.closes && k.s.CloseStatus().Local && len(conns) == 1 && !k.temper.struck.Load() {
		k.checkAllArrived(conns[0])
	}
}

// arrival is an event that a server got.
type arrival struct {
	conn int
	id   string
	kind string
	item string
}

func (k *talk) arrivals(conns []*realtimetest.Conn) (list []arrival) {
	for i, c := range conns {
		for _, entry := range c.Log() {
			if entry.Direction != realtimetest.Received {
				continue
			}
			e, err := entry.ClientEvent()
			if !assert.NoError(k.t, err, "%s: the server got %.100q", k.name, entry.Data) {
				continue
			}
			a := arrival{conn: i, id: api.ClientEventID(e), kind: e.EventType()}
			if x, ok := e.(*api.ConversationItemCreate); ok {
				a.item = api.ItemID(x.Item)
			}
			list = append(list, a)
		}
	}
	return list
}

// checkOnce holds that nothing arrives twice, and that nothing arrives that was refused.
func (k *talk) checkOnce(conns []*realtimetest.Conn) {
	list := k.arrivals(conns)
	events, items := map[string]int{}, map[string]bool{}
	for _, a := range list {
		events[a.id]++
	}
	for _, a := range list {
		assert.False(k.t, k.book.refused[a.id], "%s: %s arrived, and Send returned an error", k.name, a.id)
		if a.item != "" {
			on := fmt.Sprint(a.conn, a.item)
			assert.False(k.t, items[on], "%s: item %s arrived twice", k.name, on)
			items[on] = true
		}
		if !a.restorable() {
			assert.Equal(k.t, 1, events[a.id], "%s: %s %s arrived more than once", k.name, a.kind, a.id)
		}
	}
	for _, fault := range disorder(k.name, list) {
		assert.Fail(k.t, "events changed order", fault)
	}
}

// restorable reports whether a reconnection may send an event again.
func (a *arrival) restorable() bool {
	return a.item != "" || a.kind == "session.update" || a.kind == "conversation.item.delete" || a.kind == "conversation.item.truncate"
}

// disorder returns where the events of a goroutine changed order, those that came several times
// excepted. A connection that replaces another begins with what is restored: settings before
// the conversation, in whatever order they were sent, since what was lost with the connection
// before arrives for the first time then.
func disorder(talk string, list []arrival) (faults []string) {
	times := map[string]int{}
	for _, a := range list {
		times[a.id]++
	}
	last := map[string][2]int{} // by worker: of the conversation, of settings
	conn, restoring := 0, false
	for _, a := range list {
		if a.conn != conn {
			conn, restoring = a.conn, true
		}
		restoring = restoring && a.restorable()
		var w, n int
		if _, err := fmt.Sscanf(strings.TrimPrefix(a.id, "e_"+talk+"_"), "w%d_%d", &w, &n); err != nil || times[a.id] > 1 {
			continue
		}
		on, of := strconv.Itoa(w), 0
		if a.kind == "session.update" {
			of = 1
		}
		before := last[on]
		if n <= before[of] || !restoring && n <= before[1-of] {
			faults = append(faults, fmt.Sprintf("%s: %s %s on connection %d after %v of worker %d", talk, a.id, a.kind, a.conn, before, w))
		}
		before[of] = max(before[of], n)
		last[on] = before
	}
	return faults
}

// TestDisorder holds what counts as another order.
func TestDisorder(t *testing.T) {
	t.Parallel()
	const item, update, other = "conversation.item.create", "session.update", "response.create"
	at := func(conn, n int, kind string) arrival {
		a := arrival{conn: conn, id: fmt.Sprintf("e_t_w1_%d", n), kind: kind}
		if kind == item {
			a.item = fmt.Sprint("item_", n)
		}
		return a
	}
	for name, c := range map[string]struct {
		list []arrival
		want int
	}{
		"in order":                       {[]arrival{at(0, 1, item), at(0, 2, update), at(1, 3, other)}, 0},
		"swapped":                        {[]arrival{at(0, 2, item), at(0, 1, item)}, 1},
		"of two kinds":                   {[]arrival{at(0, 2, update), at(0, 1, item)}, 1},
		"restored, settings first":       {[]arrival{at(0, 1, other), at(1, 9, update), at(1, 5, item), at(1, 10, other)}, 0},
		"restored, items swapped":        {[]arrival{at(1, 9, update), at(1, 6, item), at(1, 5, item)}, 1},
		"restored, settings swapped":     {[]arrival{at(1, 9, update), at(1, 8, update)}, 1},
		"after the restoration":          {[]arrival{at(1, 9, update), at(1, 10, other), at(1, 5, item)}, 1},
		"again on the third connection":  {[]arrival{at(1, 9, update), at(1, 10, other), at(2, 11, update), at(2, 8, item)}, 1},
		"what came twice does not count": {[]arrival{at(0, 5, item), at(0, 6, other), at(1, 5, item)}, 0},
	} {
		assert.Len(t, disorder("t", c.list), c.want, name)
	}
}

// checkAllArrived holds that a session that ended in good order has sent everything.
func (k *talk) checkAllArrived(c *realtimetest.Conn) {
	<-c.Done()
	got := map[string]bool{}
	for _, a := range k.arrivals([]*realtimetest.Conn{c}) {
		got[a.id] = true
	}
	if code, _, ok := c.Closed(); !ok || code != 1000 {
		return // The close did not arrive, and what came before it need not have.
	}
	tally.add("clean closes compared", 1)
	for id := range k.book.accepted {
		if k.account.taken[id] {
			continue
		}
		assert.True(k.t, got[id], "%s: %s was accepted, and did not arrive", k.name, id)
	}
}

// checkAudio holds that audio arrives in order and once, and within a connection without
// a gap but for what was taken.
func (f *front) checkAudio(conns []*realtimetest.Conn, taken map[uint32]bool) {
	next := int64(-1)
	for i, c := range conns {
		audio := c.AudioReceived()
		inner := int64(-1)
		for ; len(audio) >= 4; audio = audio[4:] {
			n := int64(binary.LittleEndian.Uint32(audio))
			for inner >= 0 && inner+1 < n && taken[uint32(inner+1)] {
				inner++
			}
			if inner >= 0 && n != inner+1 {
				assert.Fail(f.t, "audio is missing within a connection", "connection %d: %d after %d", i, n, inner)
				return
			}
			if n <= next {
				assert.Fail(f.t, "audio came twice or out of order", "connection %d: %d after %d", i, n, next)
				return
			}
			inner, next = n, n
		}
		assert.Empty(f.t, audio, "half a number")
	}
}

// checkReceived holds that the receiver got what the server sent, once and in order.
func (k *talk) checkReceived(conns []*realtimetest.Conn) {
	at, first := map[string]int{}, []string{}
	n := 0
	for i, c := range conns {
		for _, entry := range c.Log() {
			if entry.Direction != realtimetest.Sent {
				continue
			}
			e, err := entry.ServerEvent()
			if err != nil {
				continue
			}
			n++
			at[api.ServerEventID(e)] = n
			if i == 0 {
				first = append(first, api.ServerEventID(e))
			}
		}
	}
	last := 0
	for _, id := range k.book.order {
		if !assert.Contains(k.t, at, id, "%s: no server has sent it", k.name) {
			return
		}
		assert.Equal(k.t, 1, k.book.seen[id], "%s: received more than once", k.name)
		if !assert.Greater(k.t, at[id], last, "%s: received out of order", k.name) {
			return
		}
		last = at[id]
	}
	if len(conns) == 1 && len(k.book.order) <= len(first) {
		assert.Equal(k.t, first[:len(k.book.order)], k.book.order, "%s: something is missing in between", k.name)
	}
}

// checkConversation holds that the last connection's conversation has every item that
// was accepted, but for those that were deleted, refused or listed as lost.
// A connection that a stall delivered after the client had given it up may be younger.
func (k *talk) checkConversation(conns []*realtimetest.Conn) {
	var ids []string
	for _, c := range conns {
		if list := k.conversation(c); slices.Contains(list, k.book.ended) {
			ids = list
		}
	}
	assert.Contains(k.t, ids, k.book.ended, k.name)
	if k.book.blind {
		return
	}
	for _, id := range k.book.items {
		event := "e" + strings.TrimPrefix(id, "i")
		if k.book.deleted[id] || k.book.lost[id] != "" || k.book.failed[event] || k.account.taken[event] {
			continue
		}
		assert.Contains(k.t, ids, id, "%s: the conversation lost it after %d outages", k.name, k.book.outages)
	}
}

// conversation returns the ids of a connection's conversation.
func (k *talk) conversation(c *realtimetest.Conn) (ids []string) {
	for _, entry := range c.Log() {
		if entry.Direction != realtimetest.Sent {
			continue
		}
		e, err := entry.ServerEvent()
		if !assert.NoError(k.t, err) {
			return ids
		}
		switch e := e.(type) {
		case *api.ConversationItemAdded:
			ids = append(ids, api.ItemID(e.Item))
		case *api.ConversationItemDeleted:
			ids = slices.DeleteFunc(ids, func(id string) bool { return id == e.ItemID })
		default:
		}
	}
	return ids
}
