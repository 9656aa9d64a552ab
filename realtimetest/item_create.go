package realtimetest

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// root is the previous_item_id that stands for the front of the conversation.
const root = "root"

// entry is an item of the conversation with what the item itself does not say.
type entry struct {
	item   api.Item
	id     string
	sound  []byte       // The audio of its first audio part.
	format audio.Format // How sound is written.
	heard  string       // What the user says in it, whether transcribed or not.
	short  bool         // It was truncated: nothing is added to it any more.
	fresh  bool         // It arrived since the last response.
}

// conversation is the ordered list of items.
type conversation struct {
	entries []*entry
	byID    map[string]*entry
}

func (c *conversation) init() { c.byID = map[string]*entry{} }

// insert puts e behind the item that is called previous; nil is the end, and
// root the front. It reports the id of the item before it, and false when
// there is no item called previous.
func (c *conversation) insert(e *entry, previous *string) (before string, ok bool) {
	at := len(c.entries)
	switch {
	case previous == nil:
	case *previous == root:
		at = 0
	default:
		at = slices.IndexFunc(c.entries, func(e *entry) bool { return e.id == *previous }) + 1
		if at == 0 {
			return "", false
		}
	}
	if at > 0 {
		before = c.entries[at-1].id
	}
	c.entries = slices.Insert(c.entries, at, e)
	c.byID[e.id] = e
	return before, true
}

// before returns the id of the item in front of the one called id.
func (c *conversation) before(id string) string {
	if i := slices.IndexFunc(c.entries, func(e *entry) bool { return e.id == id }); i > 0 {
		return c.entries[i-1].id
	}
	return ""
}

func (c *conversation) remove(id string) {
	delete(c.byID, id)
	c.entries = slices.DeleteFunc(c.entries, func(e *entry) bool { return e.id == id })
}

// call returns the function call of that id.
func (c *conversation) call(callID string) *api.FunctionCall {
	for _, e := range c.entries {
		if call, ok := e.item.(*api.FunctionCall); ok && call.CallID == callID {
			return call
		}
	}
	return nil
}

// optionalID is an item's id as a member that is null when there is none.
func optionalID(id string) api.Nullable[string] {
	if id == "" {
		return api.NullOf[string]()
	}
	return api.Value(id)
}

// createItem handles conversation.item.create.
func (s *session) createItem(e *api.ConversationItemCreate) *api.Error {
	added, fault := s.newEntry(e.Item, "item")
	if fault != nil {
		return fault
	}
	if _, taken := s.items.byID[added.id]; taken {
		return protocol.Error("item_already_exists", "item.id", "there is an item with this id already")
	}
	before, ok := s.items.insert(added, e.PreviousItemID)
	if !ok {
		return protocol.Error("item_not_found", "previous_item_id", "there is no item with the id in previous_item_id")
	}
	s.announce(added, before)
	if answer, ok := added.item.(*api.MCPApprovalResponse); ok {
		s.approved(answer)
	}
	return nil
}

// announce tells the client of an item that is complete.
func (s *session) announce(e *entry, before string) {
	s.emit(&api.ConversationItemAdded{EventID: s.newID("event"), PreviousItemID: optionalID(before), Item: e.item})
	s.emit(&api.ConversationItemDone{EventID: s.newID("event"), PreviousItemID: optionalID(before), Item: e.item})
}

// newEntry takes an item of the client in: it gets an id and a status, and its
// audio is kept apart. param is the path of the item, for errors. The cases check what
// the server knows of a kind of item; one without a case is taken as it is.
func (s *session) newEntry(item api.Item, param string) (*entry, *api.Error) {
	e := &entry{fresh: true}
	if e.id = api.ItemID(item); e.id == "" {
		if api.WritableItem(item) == nil {
			return nil, protocol.Error(protocol.CodeMissing, protocol.Join(param, "id"), "the item needs an id")
		}
		e.id = s.newID("item")
		item = api.WithItemID(item, e.id)
	}
	complete(item)
	e.item = item
	switch item := item.(type) {
	case *api.UserMessage:
		if fault := s.takeUserContent(e, item, param); fault != nil {
			return nil, fault
		}
	case *api.AssistantMessage:
		e.fresh = false
		for i, part := range item.Content {
			if part.Type == api.AssistantContentTypeOutputAudio {
				at := fmt.Sprintf("%s.content[%d].type", param, i)
				return nil, protocol.Error(protocol.CodeInvalidValue, at, "a client cannot write the assistant's audio")
			}
		}
	case *api.FunctionCall:
		e.fresh = false
	case *api.FunctionCallOutput:
		if s.items.call(item.CallID) == nil {
			return nil, protocol.Error("invalid_tool_call_id", protocol.Join(param, "call_id"), "there is no function call with this call_id")
		}
	case *api.MCPApprovalResponse:
		if s.mcp.waiting[item.ApprovalRequestID] == nil {
			return nil, protocol.Error("item_not_found", protocol.Join(param, "approval_request_id"), "no approval request of this id waits for an answer")
		}
	default: // Nothing to check.
	}
	return e, nil
}

// complete sets what the server alone writes in an item, whatever kind it is.
func complete(item api.Item) {
	v := reflect.ValueOf(item).Elem()
	if f := v.FieldByName("Status"); f.IsValid() && f.Type() == reflect.TypeFor[*api.ItemStatus]() {
		f.Set(reflect.ValueOf(new(api.ItemStatusCompleted)))
	}
	if f := v.FieldByName("Object"); f.IsValid() && f.Type() == reflect.TypeFor[*string]() {
		f.Set(reflect.ValueOf(objectItem()))
	}
}

func objectItem() *string { return new("realtime.item") }

// takeUserContent checks the parts of a message and keeps its audio.
func (s *session) takeUserContent(e *entry, m *api.UserMessage, param string) *api.Error {
	for i := range m.Content {
		part := &m.Content[i]
		at := fmt.Sprintf("%s.content[%d]", param, i)
		switch {
		case part.Type == api.UserContentTypeInputText && part.Text == nil:
			return protocol.Error(protocol.CodeMissing, at+".text", "a text part needs text")
		case part.Type == api.UserContentTypeInputImage && part.ImageURL == nil:
			return protocol.Error(protocol.CodeMissing, at+".image_url", "an image part needs an image_url")
		case part.Type == api.UserContentTypeInputAudio && part.Audio == nil:
			return protocol.Error(protocol.CodeMissing, at+".audio", "an audio part needs audio")
		case part.Type == api.UserContentTypeInputAudio:
			e.sound, e.format = append(e.sound, part.Audio...), s.input.Settings().Format
			part.Audio = nil // Events tell of audio without repeating it.
			if part.Transcript.IsZero() {
				part.Transcript = api.NullOf[string]() // Clients look for the member.
			}
			e.heard = s.script.hear(e.sound, e.format).Text
		}
	}
	return nil
}

// find returns an item, or the error that there is none.
func (s *session) find(id string) (*entry, *api.Error) {
	e, ok := s.items.byID[id]
	if !ok {
		return nil, protocol.Error("item_not_found", "item_id", "there is no item with this id")
	}
	return e, nil
}

func (s *session) deleteItem(ev *api.ConversationItemDelete) *api.Error {
	e, fault := s.find(ev.ItemID)
	if fault != nil {
		return fault
	}
	s.items.remove(e.id)
	s.emit(&api.ConversationItemDeleted{EventID: s.newID("event"), ItemID: e.id})
	return nil
}

func (s *session) retrieveItem(ev *api.ConversationItemRetrieve) *api.Error {
	e, fault := s.find(ev.ItemID)
	if fault != nil {
		return fault
	}
	s.emit(&api.ConversationItemRetrieved{EventID: s.newID("event"), Item: withSound(e)})
	return nil
}

// withSound returns the item with the audio that events leave out.
func withSound(e *entry) api.Item {
	if len(e.sound) == 0 {
		return e.item
	}
	switch item := e.item.(type) {
	case *api.UserMessage:
		whole := *item
		whole.Content = slices.Clone(item.Content)
		for i := range whole.Content {
			if whole.Content[i].Type == api.UserContentTypeInputAudio {
				whole.Content[i].Audio = e.sound
				break
			}
		}
		return &whole
	case *api.AssistantMessage:
		whole := *item
		whole.Content = slices.Clone(item.Content)
		for i := range whole.Content {
			if whole.Content[i].Type == api.AssistantContentTypeOutputAudio {
				whole.Content[i].Audio = e.sound
				break
			}
		}
		return &whole
	default:
		return e.item
	}
}

// truncateItem handles conversation.item.truncate: the item keeps the audio up
// to a time and loses its transcript, since nobody knows how much of it that is.
func (s *session) truncateItem(ev *api.ConversationItemTruncate) *api.Error {
	e, fault := s.find(ev.ItemID)
	if fault != nil {
		return fault
	}
	m, ok := e.item.(*api.AssistantMessage)
	if !ok {
		return protocol.Error(protocol.CodeInvalidValue, "item_id", "only messages of the assistant can be truncated")
	}
	if ev.ContentIndex < 0 || ev.ContentIndex >= len(m.Content) ||
		m.Content[ev.ContentIndex].Type != api.AssistantContentTypeOutputAudio {
		return protocol.Error(protocol.CodeInvalidValue, "content_index", "the item has no audio at this content_index")
	}
	length := e.format.Milliseconds(len(e.sound))
	if ev.AudioEndMS <= 0 || ev.AudioEndMS > length {
		message := fmt.Sprintf("audio_end_ms is %d, but the item has %d ms of audio", ev.AudioEndMS, length)
		return protocol.Error(protocol.CodeInvalidValue, "audio_end_ms", message)
	}
	e.sound = e.sound[:min(e.format.Bytes(msDuration(ev.AudioEndMS)), len(e.sound))]
	kept := *m
	kept.Content = slices.Clone(m.Content)
	kept.Content[ev.ContentIndex].Transcript = nil
	e.item, e.short = &kept, true
	s.emit(&api.ConversationItemTruncated{
		EventID: s.newID("event"), ItemID: e.id, ContentIndex: ev.ContentIndex, AudioEndMS: ev.AudioEndMS,
	})
	return nil
}
