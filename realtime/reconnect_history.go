package realtime

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
)

// history is what a new link needs of the session so far: the settings that were
// asked for and accepted, and the conversation's items without audio. It is guarded
// by desk.mu.
type history struct {
	limit    int
	items    []*pastItem
	bytes    int
	dropped  []LostItem
	settings map[string]any
	updates  []pastUpdate
	active   map[string]struct{} // responses that have begun and not ended
	speaking bool

	// audio is how many bytes of input audio the server holds that no item has taken
	// up. The writer adds to it without the lock.
	audio atomic.Int64
}

type pastItem struct {
	id        string
	item      api.Item
	size      int
	truncated bool // its transcript is longer than what was heard
}

// pastUpdate is a session.update that was not answered yet.
type pastUpdate struct {
	id  string
	seq uint64
	set json.RawMessage
}

// sent notes an event that was accepted for sending.
func (h *history) sent(id string, seq uint64, e api.ClientEvent) {
	if e, ok := e.(*api.SessionUpdate); ok {
		whole, err := e.AppendJSON(nil)
		var members struct {
			Session json.RawMessage `json:"session"`
		}
		if err == nil && json.Unmarshal(whole, &members) == nil {
			h.updates = append(h.updates, pastUpdate{id: id, seq: seq, set: members.Session})
		}
	}
}

func (h *history) observe(e api.ServerEvent) {
	switch e := e.(type) {
	case *api.SessionUpdated:
		if len(h.updates) > 0 {
			h.accept(h.updates[0].set)
			h.updates = h.updates[1:]
		}
	case *api.ErrorEvent:
		id := orEmpty(e.Error.EventID)
		h.updates = slices.DeleteFunc(h.updates, func(u pastUpdate) bool { return id != "" && u.id == id })
	case *api.ConversationItemAdded:
		h.insert(e.Item, e.PreviousItemID)
	case *api.ConversationItemCreated:
		h.insert(e.Item, e.PreviousItemID)
	case *api.ConversationItemDone:
		h.insert(e.Item, e.PreviousItemID)
	case *api.ConversationItemDeleted:
		h.remove(e.ItemID)
	case *api.ConversationItemTruncated:
		if p := h.find(e.ItemID); p != nil {
			p.truncated = true
		}
	case *api.ConversationItemInputAudioTranscriptionCompleted:
		h.transcribed(e.ItemID, e.ContentIndex, e.Transcript)
	case *api.ResponseCreated:
		if h.active == nil {
			h.active = map[string]struct{}{}
		}
		h.active[e.Response.ID] = struct{}{}
	case *api.ResponseOutputItemDone:
		if p := h.find(api.ItemID(e.Item)); p != nil {
			h.replace(p, e.Item)
		}
	case *api.ResponseDone:
		delete(h.active, e.Response.ID)
	case *api.InputAudioBufferSpeechStarted:
		h.speaking = true
	case *api.InputAudioBufferSpeechStopped:
		h.speaking = false
	case *api.InputAudioBufferCommitted, *api.InputAudioBufferCleared:
		h.audio.Store(0)
		h.speaking = false
	default:
	}
}

// quiet reports whether leaving the link now would cut nothing off.
func (h *history) quiet() bool {
	return len(h.active) == 0 && !h.speaking && len(h.updates) == 0 && !h.owesOutput()
}

// owesOutput reports whether a function call has no output yet.
func (h *history) owesOutput() bool {
	answered := map[string]bool{}
	for _, p := range slices.Backward(h.items) {
		switch x := p.item.(type) {
		case *api.FunctionCallOutput:
			answered[x.CallID] = true
		case *api.FunctionCall:
			if !answered[x.CallID] {
				return true
			}
		default:
		}
	}
	return false
}

func (h *history) find(id string) *pastItem {
	for _, p := range slices.Backward(h.items) {
		if p.id == id {
			return p
		}
	}
	return nil
}

// insert adds an item where the server has added it.
func (h *history) insert(item api.Item, previous api.Nullable[string]) {
	id := api.ItemID(item)
	if id == "" {
		return
	}
	if p := h.find(id); p != nil {
		h.replace(p, item)
		return
	}
	p := &pastItem{id: id}
	at := len(h.items)
	if prev, ok := previous.Get(); ok {
		if i := slices.IndexFunc(h.items, func(p *pastItem) bool { return p.id == prev }); i >= 0 {
			at = i + 1
		}
	} else if previous.IsNull() {
		at = 0
	}
	h.items = slices.Insert(h.items, at, p)
	h.replace(p, item)
	h.trim()
}

func (h *history) replace(p *pastItem, item api.Item) {
	h.bytes -= p.size
	p.item = withoutAudio(item, p.item)
	p.size = itemSize(p.item)
	h.bytes += p.size
}

func (h *history) remove(id string) {
	if i := slices.IndexFunc(h.items, func(p *pastItem) bool { return p.id == id }); i >= 0 {
		h.bytes -= h.items[i].size
		h.items = slices.Delete(h.items, i, i+1)
	}
}

// maxDropped bounds the list of items that the history dropped.
const maxDropped = 1024

// trim drops the oldest items while the history is too large.
func (h *history) trim() {
	for h.limit > 0 && h.bytes > h.limit && len(h.items) > 1 {
		old := h.items[0]
		h.remove(old.id)
		if len(h.dropped) < maxDropped {
			h.dropped = append(h.dropped, LostItem{ID: old.id, Reason: "the history had no room for it"})
		}
	}
}

// transcribed notes the words of a user's audio.
func (h *history) transcribed(id string, index int, words string) {
	p := h.find(id)
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
	h.replace(p, &c)
}

// withoutAudio returns a copy of an item without its audio, but with the
// transcripts that an earlier form of it had.
func withoutAudio(item, before api.Item) api.Item {
	switch x := item.(type) {
	case *api.UserMessage:
		c := *x
		c.Content = slices.Clone(x.Content)
		old, _ := before.(*api.UserMessage)
		for i := range c.Content {
			c.Content[i].Audio = nil
			if orEmpty(c.Content[i].Transcript) == "" && old != nil && i < len(old.Content) {
				c.Content[i].Transcript = old.Content[i].Transcript
			}
		}
		return &c
	case *api.AssistantMessage:
		c := *x
		c.Content = slices.Clone(x.Content)
		for i := range c.Content {
			c.Content[i].Audio = nil
		}
		return &c
	default:
		return item
	}
}

// itemSize returns roughly how much memory an item takes.
func itemSize(item api.Item) int {
	const overhead = 128
	text, err := json.Marshal(item)
	if err != nil {
		return overhead
	}
	return overhead + len(text)
}

// accept merges a change of settings that the server has confirmed, the way
// the server does: absent keeps, null clears.
func (h *history) accept(set json.RawMessage) {
	d := json.NewDecoder(bytes.NewReader(set))
	d.UseNumber()
	var change map[string]any
	if d.Decode(&change) != nil {
		return
	}
	if h.settings == nil {
		h.settings = map[string]any{}
	}
	mergeSettings(h.settings, change)
}

func mergeSettings(dst, change map[string]any) {
	for name, v := range change {
		now, isObject := dst[name].(map[string]any)
		next, nextIsObject := v.(map[string]any)
		if isObject && nextIsObject && sameVariant(now, next) {
			mergeSettings(now, next)
			continue
		}
		dst[name] = v
	}
}

// sameVariant reports whether two objects may be merged: a turn detection of
// one type must not inherit the members of another.
func sameVariant(now, next map[string]any) bool {
	t, ok := next["type"]
	return !ok || now["type"] == t
}
