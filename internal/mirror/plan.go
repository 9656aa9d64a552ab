package mirror

import (
	"bytes"
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
)

// Cut resolves what the old link took, up to a place in the send queue, and did not
// answer. Deletions and truncations take effect, and are done. What remains is to be
// asked again.
func (m *Mirror) Cut(left uint64) {
	for _, a := range slices.Clone(m.asked.list) {
		if a.Seq > left {
			break
		}
		switch a.Kind {
		case Delete:
			m.bypass(a.Item)
			m.deleted(a.Item)
			m.asked.drop(func(b *Ask) bool { return b.Item == a.Item && b.Seq <= a.Seq })
		case Truncate:
			m.truncated(a.Item, a.part, a.end)
			m.asked.drop(func(b *Ask) bool { return b.Seq == a.Seq })
		case Create, Update:
		}
	}
}

// bypass makes what is to follow an item follow the one before it.
func (m *Mirror) bypass(id string) {
	before := m.before(id)
	for i := range m.asked.list {
		if a := &m.asked.list[i]; a.previous == id {
			a.previous = before
		}
	}
}

// before returns where an item has its place: the item before it, root, or "" for
// the end. An item that is not known is returned itself.
func (m *Mirror) before(id string) string {
	switch i := m.index(id); {
	case i > 0:
		return m.items[i-1].id
	case i == 0:
		return root
	}
	if i := m.asked.first(Create, id); i >= 0 {
		return m.asked.list[i].previous
	}
	return id
}

// aim gives a creation that is asked again a place that the new conversation has. It
// returns why the item cannot be created, or "". Holds are the items of the new
// conversation and calls its function calls.
func (m *Mirror) aim(a *Ask, holds, calls map[string]bool) (reason string) {
	event, err := api.DecodeClientEvent(a.Data)
	e, ok := event.(*api.ConversationItemCreate)
	if err != nil || !ok {
		return "it cannot be decoded"
	}
	switch x := e.Item.(type) {
	case *api.FunctionCall:
		calls[x.CallID] = true
	case *api.FunctionCallOutput:
		if !calls[x.CallID] {
			return NoCall
		}
	case *api.MCPApprovalResponse:
		return "its approval request was not restored"
	default:
	}
	for range len(m.items) + len(m.asked.list) {
		if a.previous == "" || holds[a.previous] {
			break
		}
		a.previous = m.before(a.previous)
	}
	a.Data = a.aimed(e)
	return ""
}

// apply makes the truncations that wait in the send queue take effect before a new link
// is given the conversation: it has no audio to truncate.
func (m *Mirror) apply() {
	for i := range m.asked.list {
		a := &m.asked.list[i]
		if a.Kind == Truncate && m.find(a.Item) != nil {
			m.truncated(a.Item, a.part, a.end)
			a.applied = true
		}
	}
}

// Applied reports whether an event was applied by apply.
func (m *Mirror) Applied(seq uint64) bool {
	return slices.ContainsFunc(m.asked.list, func(a Ask) bool { return a.applied && a.Seq == seq })
}

// HasCall reports whether the conversation holds a function call, or will, or holds a
// request for an approval.
func (m *Mirror) HasCall(id string) bool {
	return slices.ContainsFunc(m.items, func(p *mirrored) bool {
		switch x := p.item.(type) {
		case *api.FunctionCall:
			return x.CallID == id
		case *api.MCPApprovalRequest:
			return x.ID == id
		default:
			return false
		}
	}) || slices.ContainsFunc(m.asked.list, func(a Ask) bool { return a.call == id })
}

// Forget removes items that a new link's conversation does not hold, and the asks for
// them up to a place in the send queue. It returns the places of these.
func (m *Mirror) Forget(lost map[string]bool, last uint64) (asks []uint64) {
	for _, p := range slices.Clone(m.items) {
		if lost[p.id] {
			m.remove(p.id, Deleted)
		}
	}
	m.asked.drop(func(a *Ask) bool {
		if a.Kind != Create || a.Seq > last || !lost[a.Item] {
			return false
		}
		asks = append(asks, a.Seq)
		return true
	})
	m.dropped, m.more = nil, 0
	return asks
}

// Plan is what a new link is given.
type Plan struct {
	// Items are the conversation, as a client may create it.
	Items []api.Item
	// Again are the asks that the old link took and did not answer, after the items.
	Again []Ask
	// Lost are the items that it is not given.
	Lost []Lost
}

// Plan returns what a new link is given. Last is the place of the last event that the
// old link took.
func (m *Mirror) Plan(last uint64) Plan {
	m.apply()
	calls, holds := map[string]bool{}, map[string]bool{root: true}
	p := Plan{}
	p.Items, p.Lost = m.creatable(calls)
	for _, item := range p.Items {
		holds[api.ItemID(item)] = true
	}
	for _, a := range m.asked.list {
		if a.Seq > last {
			break // It waits in the send queue.
		}
		if a.Kind == Create {
			if reason := m.aim(&a, holds, calls); reason != "" {
				p.Lost = append(p.Lost, Lost{ID: a.Item, Reason: reason})
				continue
			}
			holds[a.Item] = true
		}
		p.Again = append(p.Again, a)
	}
	return p
}

// creatable returns the items as a client may create them in another conversation, and
// what cannot be. An item in both comes in part. Calls becomes the calls among them.
func (m *Mirror) creatable(calls map[string]bool) (items []api.Item, lost []Lost) {
	lost = m.noRoom()
	for _, p := range m.items {
		item, reason := p.restorable(calls)
		if reason != "" {
			lost = append(lost, Lost{ID: p.id, Reason: reason})
		}
		if item != nil {
			items = append(items, item)
		}
	}
	return items, lost
}

// Copy returns the items as another conversation may be given them, and what it cannot
// be given. Deletions and truncations without an answer count as done.
func (m *Mirror) Copy() (items []api.Item, lost []Lost) {
	same := Mirror{items: make([]*mirrored, 0, len(m.items)), dropped: m.dropped, more: m.more}
	for _, p := range m.items {
		if m.asked.first(Delete, p.id) >= 0 {
			continue
		}
		if i := m.asked.first(Truncate, p.id); i >= 0 {
			x := *p
			x.cut = &cut{m.asked.list[i].part, m.asked.list[i].end}
			p = &x
		}
		same.items = append(same.items, p)
	}
	return same.creatable(map[string]bool{})
}

// Settings returns the settings that the server has accepted as JSON, or nil.
func (m *Mirror) Settings() []byte { return bytes.Clone(m.settings) }

// Asks reports whether an event has no answer and is to be asked again.
func (m *Mirror) Asks(seq uint64) bool {
	return slices.ContainsFunc(m.asked.list, func(a Ask) bool { return a.Seq == seq })
}

// Drop removes the asks that f picks.
func (m *Mirror) Drop(f func(a *Ask) bool) { m.asked.drop(f) }
