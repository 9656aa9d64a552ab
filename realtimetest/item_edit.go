package realtimetest

import (
	"fmt"
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// remove handles conversation.item.delete.
func (c *conversation) remove(ev *api.ConversationItemDelete) *api.Error {
	e, err := c.find(ev.ItemID)
	if err != nil {
		return err
	}
	delete(c.byID, e.id)
	c.entries = slices.DeleteFunc(c.entries, func(x *entry) bool { return x.id == e.id })
	c.emit(&api.ConversationItemDeleted{EventID: c.newID("event"), ItemID: e.id})
	return nil
}

// retrieve handles conversation.item.retrieve.
func (c *conversation) retrieve(ev *api.ConversationItemRetrieve) *api.Error {
	e, err := c.find(ev.ItemID)
	if err != nil {
		return err
	}
	c.emit(&api.ConversationItemRetrieved{EventID: c.newID("event"), Item: withSound(e)})
	return nil
}

// withSound returns the item with the audio that other events leave out, as long as it
// is kept.
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

// truncate handles conversation.item.truncate: the item keeps its audio up to a
// time and loses its transcript, since the words have no times.
func (c *conversation) truncate(ev *api.ConversationItemTruncate) *api.Error {
	e, err := c.find(ev.ItemID)
	if err != nil {
		return err
	}
	m, ok := e.item.(*api.AssistantMessage)
	if !ok {
		return protocol.Error(protocol.CodeInvalidValue, "item_id", "only messages of the assistant can be truncated")
	}
	if ev.ContentIndex < 0 || ev.ContentIndex >= len(m.Content) ||
		m.Content[ev.ContentIndex].Type != api.AssistantContentTypeOutputAudio {
		return protocol.Error(protocol.CodeInvalidValue, "content_index", "the item has no audio at this content_index")
	}
	length := e.format.Milliseconds(e.length)
	if ev.AudioEndMS <= 0 || ev.AudioEndMS > length {
		message := fmt.Sprintf("audio_end_ms is %d, but the item has %d ms of audio", ev.AudioEndMS, length)
		return protocol.Error(protocol.CodeInvalidValue, "audio_end_ms", message)
	}
	e.length = min(e.format.Bytes(milliseconds(ev.AudioEndMS)), e.length)
	e.sound = e.sound[:min(e.length, len(e.sound))]
	kept := *m
	kept.Content = slices.Clone(m.Content)
	kept.Content[ev.ContentIndex].Transcript = nil
	e.item, e.truncated = &kept, true
	c.emit(&api.ConversationItemTruncated{
		EventID: c.newID("event"), ItemID: e.id, ContentIndex: ev.ContentIndex, AudioEndMS: ev.AudioEndMS,
	})
	return nil
}
