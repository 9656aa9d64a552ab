package realtimetest

import (
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// root is the previous_item_id of the front of the conversation.
const root = "root"

// entry is an item of the conversation with the server's data about it.
type entry struct {
	item      api.Item
	id        string
	sound     []byte       // The audio of its first audio part. Nil if it was dropped.
	length    int          // Of sound in bytes, also after it was dropped.
	format    audio.Format // The encoding of sound.
	heard     string       // The text of sound, transcribed for the client or not.
	truncated bool         // Nothing is added to it any more.
	fresh     bool         // No response has used it yet.
	refusedBy []int        // The rules of the script that have refused a response to it.
}

// conversation is the ordered list of items. It belongs to the session's goroutine.
type conversation struct {
	*core
	settings *settings.Session
	script   *scriptState

	entries []*entry
	byID    map[string]*entry
	// sounds holds the items whose audio is kept, the oldest first, and soundBytes is
	// the length of their audio.
	sounds     []keptSound
	soundBytes int
	// approvals are the MCP approval requests without an answer, by id.
	approvals map[string]*api.MCPApprovalRequest
}

// insert puts e after the item previous; nil is the end, and root the front. It
// returns the id of the item before e. ok is false if there is no item previous.
func (c *conversation) insert(e *entry, previous *string) (before string, ok bool) {
	at := len(c.entries)
	switch {
	case previous == nil:
	case *previous == root:
		at = 0
	default:
		at = c.index(*previous) + 1
		if at == 0 {
			return "", false
		}
	}
	if at > 0 {
		before = c.entries[at-1].id
	}
	c.entries = slices.Insert(c.entries, at, e)
	c.byID[e.id] = e
	c.keepSound(e)
	return before, true
}

// keepSound counts the audio of an item that is complete, and drops the oldest audio of
// other items that exceeds [speech.MaxBytes]. Their items stay.
func (c *conversation) keepSound(e *entry) {
	if e.length == 0 {
		return
	}
	c.sounds = append(c.sounds, keptSound{e, e.length})
	c.soundBytes += e.length
	for c.soundBytes > speech.MaxBytes && len(c.sounds) > 1 {
		oldest := c.sounds[0]
		c.sounds[0] = keptSound{}
		c.sounds = c.sounds[1:]
		c.soundBytes -= oldest.bytes
		oldest.entry.sound = nil
	}
}

// keptSound is an item with audio, and its length when it was counted.
type keptSound struct {
	entry *entry
	bytes int
}

// setSound sets the audio of an item.
func (e *entry) setSound(sound []byte) { e.sound, e.length = sound, len(sound) }

// index returns the place of an item, -1 if there is none of that id.
func (c *conversation) index(id string) int {
	return slices.IndexFunc(c.entries, func(e *entry) bool { return e.id == id })
}

// before returns the id of the item before the item id.
func (c *conversation) before(id string) string {
	if i := c.index(id); i > 0 {
		return c.entries[i-1].id
	}
	return ""
}

// find returns an item, or the error for the client if there is none.
func (c *conversation) find(id string) (*entry, *api.Error) {
	e, ok := c.byID[id]
	if !ok {
		return nil, protocol.Error("item_not_found", "item_id", "there is no item with this id")
	}
	return e, nil
}

// functionCall returns the function call with a call id, nil if there is none.
func (c *conversation) functionCall(callID string) *api.FunctionCall {
	for _, e := range c.entries {
		if call, ok := e.item.(*api.FunctionCall); ok && call.CallID == callID {
			return call
		}
	}
	return nil
}

// begin adds an item at the end and announces it as incomplete.
func (c *conversation) begin(e *entry) {
	before, _ := c.insert(e, nil)
	c.emitAdded(e, before)
}

// announce announces a complete item after the item before.
func (c *conversation) announce(e *entry, before string) {
	c.emitAdded(e, before)
	c.emit(&api.ConversationItemDone{EventID: c.newID("event"), PreviousItemID: nullable(before), Item: e.item})
}

func (c *conversation) emitAdded(e *entry, before string) {
	c.emit(&api.ConversationItemAdded{EventID: c.newID("event"), PreviousItemID: nullable(before), Item: e.item})
}

// end announces that an item is complete.
func (c *conversation) end(e *entry) {
	c.keepSound(e)
	c.emit(&api.ConversationItemDone{EventID: c.newID("event"), PreviousItemID: nullable(c.before(e.id)), Item: e.item})
}

func objectItem() *string { return new("realtime.item") }
