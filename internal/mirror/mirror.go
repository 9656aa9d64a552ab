package mirror

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/deep"
)

// Mirror is the conversation and the settings as the server holds them, as far as its
// events show, and what was asked of the server and has no answer yet. A new link is
// given what the mirror holds. The zero value is ready. It is not safe for concurrent
// use, except for Audio.
type Mirror struct {
	// Limit bounds the memory of items and of asks without an answer, in bytes; 0 is
	// no bound.
	Limit int
	// Audio is how many bytes of input audio the server holds that no item has taken
	// up. The writer adds to it.
	Audio atomic.Int64
	// Changed, unless it is nil, is called with each item that an event or a creation has
	// changed, as it is since then.
	Changed func(View)
	// Version counts the changes that events have made.
	Version atomic.Uint64

	items    []*mirrored // in the order of the conversation
	bytes    int         // of items
	asked    asks
	settings accepted
	dropped  []Lost // for which there was no room; at most maxDropped
	more     int    // how many were dropped beyond that

	rate     int                 // bytes a second of the speech of the model, 0 while unknown
	named    bool                // the server has named an item before a new one
	active   map[string]active   // responses that have begun and not ended
	gone     map[string]struct{} // items that were removed while a response ran
	speaking bool
}

// active is a response that has begun and not ended.
type active struct {
	converses bool // it writes to the conversation
	rate      int  // bytes a second of its speech, 0 for the session's
}

// Lost is an item that a new link is not given, or given in part.
type Lost struct{ ID, Reason string }

// Sent notes an event that was accepted for sending and that changes something.
func (m *Mirror) Sent(a Ask) {
	m.asked.add(a)
	if a.Kind == Create && m.Changed != nil && m.find(a.Item) == nil {
		if v, ok := a.view(); ok {
			m.Changed(v)
		}
	}
	m.trim()
}

// Observe notes what an event changes. With asksOnly it keeps no account of the
// conversation, but of responses and of what has no answer.
func (m *Mirror) Observe(e api.ServerEvent, asksOnly bool) {
	switch e := e.(type) {
	case *api.SessionCreated:
		m.Describe(e.Session)
	case *api.SessionUpdated:
		m.Describe(e.Session)
		if update := m.asked.updated(e.Session); update != nil && !asksOnly {
			deep.Run(func() { m.settings.merge(update) })
		}
	case *api.ErrorEvent:
		m.refused(orEmpty(e.Error.EventID))
	case *api.ConversationItemAdded:
		m.added(e.Item, e.PreviousItemID, asksOnly, false)
	case *api.ConversationItemCreated:
		m.added(e.Item, e.PreviousItemID, asksOnly, false)
	case *api.ConversationItemDone:
		m.added(e.Item, e.PreviousItemID, asksOnly, true)
	case *api.ConversationItemDeleted:
		a, _ := m.asked.answered(Delete, e.ItemID)
		m.deleted(e.ItemID)
		m.deleted(a.Item)
	case *api.ConversationItemTruncated:
		a, _ := m.asked.answered(Truncate, e.ItemID)
		m.truncated(e.ItemID, e.ContentIndex, e.AudioEnd())
		m.truncated(a.Item, e.ContentIndex, e.AudioEnd())
	case *api.ResponseCreated:
		m.begun(&e.Response)
	case *api.ResponseDone:
		if !asksOnly {
			m.output(&e.Response)
		}
		if delete(m.active, e.Response.ID); len(m.active) == 0 {
			m.gone = nil
		}
	default:
		if !asksOnly {
			m.learn(e)
		}
	}
}

// refused notes an error that names an event, or none.
func (m *Mirror) refused(event string) {
	for i := range m.asked.list {
		if a := &m.asked.list[i]; m.Changed != nil && a.Kind == Create && a.Event == event {
			if v, ok := a.view(); ok {
				v.State = Deleted
				m.Changed(v)
			}
		}
	}
	m.asked.refused(event)
}

// begun notes a response.
func (m *Mirror) begun(r *api.Response) {
	if m.active == nil {
		m.active = map[string]active{}
	}
	a := active{converses: !r.ConversationID.IsNull()}
	if r.Audio != nil && r.Audio.Output != nil {
		a.rate = rateOf(r.Audio.Output.Format)
	}
	m.active[r.ID] = a
}

// learn notes what the server makes by itself.
func (m *Mirror) learn(e api.ServerEvent) {
	switch e := e.(type) {
	case *api.ConversationItemInputAudioTranscriptionCompleted:
		m.transcribed(e.ItemID, e.ContentIndex, e.Transcript)
	case *api.ResponseOutputAudioDelta:
		m.sounded(e)
	case *api.ResponseOutputAudioTranscriptDelta:
		m.said(e.ResponseID, e.ItemID, e.ContentIndex, e.Delta, false)
	case *api.ResponseOutputAudioTranscriptDone:
		m.said(e.ResponseID, e.ItemID, e.ContentIndex, e.Transcript, true)
	case *api.ResponseOutputItemAdded:
		if m.converses(e.ResponseID) {
			m.made(e.Item, true)
		}
	case *api.ResponseOutputItemDone:
		if m.converses(e.ResponseID) {
			m.made(e.Item, false)
		}
	case *api.ResponseFunctionCallArgumentsDone:
		// Some servers show no more of a call than this.
		if m.converses(e.ResponseID) && m.find(e.ItemID) == nil {
			m.made(&api.FunctionCall{ID: &e.ItemID, CallID: e.CallID, Name: e.Name, Arguments: e.Arguments}, false)
		}
	case *api.InputAudioBufferSpeechStarted:
		m.speaking = true
	case *api.InputAudioBufferSpeechStopped:
		m.speaking = false
	case *api.InputAudioBufferCommitted:
		m.Audio.Store(0)
		m.speaking = false
		if m.find(e.ItemID) == nil {
			m.insert(&api.UserMessage{ID: &e.ItemID, Content: []api.UserContent{{Type: api.UserContentTypeInputAudio}}}, e.PreviousItemID, nil)
			m.changed(e.ItemID)
		}
	case *api.InputAudioBufferCleared:
		m.Audio.Store(0)
		m.speaking = false
	default:
	}
}

// Quiet reports whether leaving the link now would cut nothing off.
func (m *Mirror) Quiet() bool {
	return len(m.active) == 0 && !m.speaking && !m.asked.recent() && !m.owesOutput()
}

// owesOutput reports whether a function call has no output yet. An old one may never
// get any.
func (m *Mirror) owesOutput() bool {
	answered := map[string]bool{}
	for _, p := range slices.Backward(m.items) {
		switch x := p.item.(type) {
		case *api.FunctionCallOutput:
			answered[x.CallID] = true
		case *api.FunctionCall:
			if !answered[x.CallID] && time.Since(p.since) < Patience {
				return true
			}
		default:
		}
	}
	return false
}

func (m *Mirror) find(id string) *mirrored {
	if i := m.index(id); i >= 0 {
		return m.items[i]
	}
	return nil
}

// index returns the place of an item, mostly a late one, or -1.
func (m *Mirror) index(id string) int {
	for i, p := range slices.Backward(m.items) {
		if p.id == id {
			return i
		}
	}
	return -1
}

// added notes an item that the server has added or changed, and whether it is whole.
func (m *Mirror) added(item api.Item, previous api.Nullable[string], asksOnly, whole bool) {
	id := api.ItemID(item)
	if id == "" {
		return
	}
	m.named = m.named || orEmpty(previous) != ""
	if p := m.find(id); p != nil {
		// It answers no creation: a server does not create what it holds.
		m.replace(p, item)
		p.making = p.making && !whole
		m.changed(id)
		return
	}
	var wish *string
	if a, ok := m.asked.answered(Create, id); ok {
		wish = &a.previous
	}
	if asksOnly {
		return
	}
	m.insert(item, previous, wish)
	if p := m.find(id); p != nil {
		p.making = wish == nil && !whole && begun(item)
	}
	m.changed(id)
}

// insert adds an item. The server's word for its place comes first: it follows the
// item that the event names. Null is the front for a server that names items at
// all; others send null for every item, which is the end. An item that this side made
// goes where it wanted when the server names none that is known.
func (m *Mirror) insert(item api.Item, previous api.Nullable[string], wish *string) {
	at := len(m.items)
	name := orEmpty(previous)
	m.named = m.named || name != ""
	switch i := m.index(name); {
	case name != "" && i >= 0:
		at = i + 1
	case wish != nil && *wish == root:
		at = 0
	case wish != nil:
		if i := m.index(*wish); *wish != "" && i >= 0 {
			at = i + 1
		}
	case previous.IsNull() && m.named:
		at = 0
	}
	p := &mirrored{id: api.ItemID(item), since: time.Now()}
	m.items = slices.Insert(m.items, at, p)
	m.replace(p, item)
	m.listed(p.id)
	m.trim()
}

func (m *Mirror) replace(p *mirrored, item api.Item) {
	m.bytes -= p.size
	p.item = withoutAudio(item, p.item)
	p.size = itemSize(p.item) + p.unshown()
	m.bytes += p.size
}

// converses reports whether a response writes to the conversation. It does if its
// beginning was not seen.
func (m *Mirror) converses(response string) bool {
	a, known := m.active[response]
	return a.converses || !known
}

// made notes an item of a response, and whether the server still makes it.
func (m *Mirror) made(item api.Item, making bool) {
	id := api.ItemID(item)
	if _, gone := m.gone[id]; id == "" || gone {
		return
	}
	p := m.find(id)
	if p == nil {
		m.insert(item, api.Nullable[string]{}, nil)
		p = m.find(id)
	} else {
		m.replace(p, item)
	}
	if p != nil {
		p.making = making
		m.changed(id)
	}
}

// output notes the items of a response that has ended, for servers that show them
// nowhere else.
func (m *Mirror) output(r *api.Response) {
	if !m.converses(r.ID) || r.ConversationID.IsNull() {
		return
	}
	for _, item := range r.Output {
		if p := m.find(api.ItemID(item)); p != nil && !p.making {
			continue // It is whole, and may have been truncated since.
		}
		m.made(item, false)
	}
}

// truncated notes that the audio of a part ends earlier.
func (m *Mirror) truncated(id string, part int, end time.Duration) {
	if p := m.find(id); p != nil {
		p.cut = &cut{part, end}
		m.changed(id)
	}
}

// deleted removes an item for good.
func (m *Mirror) deleted(id string) {
	m.remove(id, Deleted)
	m.listed(id)
}

func (m *Mirror) remove(id string, why State) {
	i := m.index(id)
	if i < 0 {
		return
	}
	m.bytes -= m.items[i].size
	if m.Version.Add(1); m.Changed != nil {
		v := m.items[i].view()
		v.State = why
		m.Changed(v)
	}
	m.items = slices.Delete(m.items, i, i+1)
	if len(m.active) > 0 {
		if m.gone == nil {
			m.gone = map[string]struct{}{}
		}
		m.gone[id] = struct{}{}
	}
}

// maxDropped bounds the list of items that the mirror dropped.
const maxDropped = 1024

// trim drops the oldest items while the mirror is too large, and then the oldest
// creations.
func (m *Mirror) trim() {
	for m.Limit > 0 && m.bytes+m.asked.bytes > m.Limit {
		switch i := m.asked.first(Create, ""); {
		case len(m.items) > 1 || len(m.items) == 1 && i >= 0:
			id := m.items[0].id
			m.remove(id, Dropped)
			m.drop(id)
		case i >= 0 && len(m.asked.list) > 1:
			m.drop(m.asked.take(i).Item)
		default:
			return
		}
	}
}

// drop lists an item that there was no room for.
func (m *Mirror) drop(id string) {
	if len(m.dropped) == maxDropped {
		m.more++
		return
	}
	m.dropped = append(m.dropped, Lost{ID: id, Reason: "the history had no room for it"})
}

// listed takes an item from the list of those that were dropped.
func (m *Mirror) listed(id string) {
	m.dropped = slices.DeleteFunc(m.dropped, func(l Lost) bool { return l.ID == id })
}

// noRoom returns the items that were dropped.
func (m *Mirror) noRoom() []Lost {
	list := slices.Clone(m.dropped)
	if m.more > 0 {
		list = append(list, Lost{Reason: fmt.Sprintf("the history had no room for %d more items", m.more)})
	}
	return list
}

// transcribed notes the words of a user's audio.
func (m *Mirror) transcribed(id string, index int, words string) {
	p := m.find(id)
	if p == nil {
		return
	}
	x, ok := p.item.(*api.UserMessage)
	if !ok || index < 0 || index >= len(x.Content) {
		return
	}
	c := *x
	c.Content = slices.Clone(x.Content)
	c.Content[index].Transcript = api.Value(words)
	m.replace(p, &c)
	m.changed(id)
}

// Interrupted returns the responses that have begun and not ended, and forgets them.
func (m *Mirror) Interrupted() []string {
	ids := slices.Sorted(maps.Keys(m.active))
	m.active, m.gone, m.speaking = nil, nil, false
	return ids
}

// Items returns the items in the order of the conversation, and then those that were
// asked for. They must not be changed.
func (m *Mirror) Items() []View {
	views := make([]View, 0, len(m.items))
	for _, p := range m.items {
		views = append(views, p.view())
	}
	for i := range m.asked.list {
		if a := &m.asked.list[i]; a.Kind == Create && m.find(a.Item) == nil {
			if v, ok := a.view(); ok {
				views = append(views, v)
			}
		}
	}
	return views
}

// changed notes that an item has changed.
func (m *Mirror) changed(id string) {
	p := m.find(id)
	if p == nil {
		return
	}
	if m.Version.Add(1); m.Changed != nil {
		m.Changed(p.view())
	}
}
