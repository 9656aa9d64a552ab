package realtimetest

import (
	"fmt"
	"reflect"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// create handles conversation.item.create and returns the new item.
func (c *conversation) create(e *api.ConversationItemCreate) (api.Item, *api.Error) {
	added, err := c.newEntry(e.Item, "item")
	if err != nil {
		return nil, err
	}
	if _, exists := c.byID[added.id]; exists {
		return nil, protocol.Error("item_already_exists", "item.id", "there is an item with this id already")
	}
	before, ok := c.insert(added, e.PreviousItemID)
	if !ok {
		return nil, protocol.Error("item_not_found", "previous_item_id", "there is no item with the id in previous_item_id")
	}
	if _, ok := added.item.(*api.AssistantMessage); ok {
		c.used(added)
	}
	c.announce(added, before)
	return added.item, nil
}

// used marks the items before an assistant's message as used by a response: the client
// restores a history.
func (c *conversation) used(answer *entry) {
	for _, e := range c.entries {
		if e == answer {
			return
		}
		e.fresh = false
	}
}

// newEntry makes an entry of a client's item: with an id, with a status, and with
// the audio apart. param is the path of the item in the event. Kinds of items
// without a case below are accepted unchecked.
func (c *conversation) newEntry(item api.Item, param string) (*entry, *api.Error) {
	e := &entry{fresh: true}
	if e.id = api.ItemID(item); e.id == "" {
		if api.WritableItem(item) == nil {
			return nil, protocol.Error(protocol.CodeMissing, protocol.Join(param, "id"), "the item needs an id")
		}
		e.id = c.newID("item")
		item = api.WithItemID(item, e.id)
	}
	if err := protocol.ItemID(e.id, protocol.Join(param, "id")); err != nil {
		return nil, err
	}
	complete(item)
	e.item = item
	switch item := item.(type) {
	case *api.UserMessage:
		if err := c.takeUserContent(e, item, param); err != nil {
			return nil, err
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
		if c.functionCall(item.CallID) == nil {
			return nil, protocol.Error("invalid_tool_call_id", protocol.Join(param, "call_id"), "there is no function call with this call_id")
		}
	case *api.MCPApprovalResponse:
		if c.approvals[item.ApprovalRequestID] == nil {
			return nil, protocol.Error("item_not_found", protocol.Join(param, "approval_request_id"), "no approval request of this id waits for an answer")
		}
	default: // Nothing to check.
	}
	return e, nil
}

// complete sets the members that only the server writes, in an item of any kind.
func complete(item api.Item) {
	v := reflect.ValueOf(item).Elem()
	if f := v.FieldByName("Status"); f.IsValid() && f.Type() == reflect.TypeFor[*api.ItemStatus]() {
		f.Set(reflect.ValueOf(new(api.ItemStatusCompleted)))
	}
	if f := v.FieldByName("Object"); f.IsValid() && f.Type() == reflect.TypeFor[*string]() {
		f.Set(reflect.ValueOf(objectItem()))
	}
}

// takeUserContent checks the parts of a message and moves its audio into e.
func (c *conversation) takeUserContent(e *entry, m *api.UserMessage, param string) *api.Error {
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
			e.format = c.settings.Input().Format
			e.setSound(append(e.sound, part.Audio...))
			part.Audio = nil // Events leave it out.
			if part.Transcript.IsZero() {
				part.Transcript = api.NullOf[string]() // Clients expect the member.
			}
			e.heard = c.script.hear(e.sound, e.format).Text
		}
	}
	return nil
}
