package mirror

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/wire"
)

// mirrored is an item that the server holds. It is without audio.
type mirrored struct {
	id     string
	item   api.Item
	size   int
	since  time.Time
	making bool     // the server has begun it and not ended it
	speech []speech // of its audio parts, as far as it arrived here
	cut    *cut     // nil unless its audio was truncated
}

// begun reports whether the server has only begun an item that it makes itself. Some
// servers give no status: a call without arguments has only begun.
func begun(item api.Item) bool {
	switch x := item.(type) {
	case *api.AssistantMessage:
		return inProgress(x.Status)
	case *api.FunctionCall:
		return inProgress(x.Status) || x.Status == nil && x.Arguments == ""
	default:
		return false
	}
}

func inProgress(s *api.ItemStatus) bool { return s != nil && *s == api.ItemStatusInProgress }

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
		old, _ := before.(*api.AssistantMessage)
		for i := range c.Content {
			c.Content[i].Audio = nil
			if wire.Deref(c.Content[i].Transcript) == "" && old != nil && i < len(old.Content) {
				c.Content[i].Transcript = old.Content[i].Transcript // A truncation takes it.
			}
		}
		return &c
	default:
		return item
	}
}

// itemSize returns roughly how much memory an item takes: it counts the JSON of every
// kind of item.
func itemSize(item api.Item) int {
	const overhead = 128
	text, err := json.Marshal(item)
	if err != nil {
		return overhead
	}
	return overhead + len(text)
}

// restorable returns the item as a client may create it, or why it cannot be. An item
// with both comes back in part. The cases are about what a conversation loses with its
// audio and its connection; a kind of item without a case is sent as it was. Calls
// holds the calls that are restored.
func (p *mirrored) restorable(calls map[string]bool) (item api.Item, reason string) {
	switch x := p.item.(type) {
	case *api.UserMessage:
		return restorableUser(x)
	case *api.AssistantMessage:
		return p.restorableAssistant(x)
	case *api.FunctionCall:
		if x.CallID == "" || x.Name == "" || p.making || x.Status != nil && *x.Status != api.ItemStatusCompleted {
			return nil, "the function call was not complete"
		}
		calls[x.CallID] = true
	case *api.FunctionCallOutput:
		if !calls[x.CallID] {
			return nil, NoCall
		}
	case *api.MCPApprovalResponse:
		return nil, "its approval request was not restored"
	default: // As it is.
	}
	if item := api.WritableItem(p.item); item != nil {
		return item, ""
	}
	return nil, "only the server can make this kind of item"
}

// NoCall is why the output of a function call, or the answer to a request for an approval,
// is lost.
const NoCall = "its call was not restored"

func restorableUser(x *api.UserMessage) (api.Item, string) {
	c := &api.UserMessage{ID: x.ID}
	reason := ""
	for i := range x.Content {
		part := &x.Content[i]
		switch {
		case part.Text != nil:
			c.Content = append(c.Content, api.UserContent{Type: api.UserContentTypeInputText, Text: part.Text})
		case orEmpty(part.Transcript) != "":
			c.Content = append(c.Content, api.UserContent{Type: api.UserContentTypeInputText, Text: new(orEmpty(part.Transcript))})
		case part.ImageURL != nil:
			c.Content = append(c.Content, api.UserContent{Type: api.UserContentTypeInputImage, ImageURL: part.ImageURL, Detail: part.Detail})
		case part.Type == api.UserContentTypeInputImage:
			reason = "the server did not show its image"
		default:
			reason = "its audio has no transcript"
		}
	}
	if len(c.Content) == 0 {
		if reason == "" {
			reason = "it has no content"
		}
		return nil, reason
	}
	return c, reason
}

func (p *mirrored) restorableAssistant(x *api.AssistantMessage) (api.Item, string) {
	if p.making && p.cut == nil {
		return nil, "it was not finished"
	}
	c := &api.AssistantMessage{ID: x.ID}
	reason := ""
	for i := range p.parts(x) {
		text, why := p.words(x, i)
		if reason == "" {
			reason = why
		}
		if text != "" {
			c.Content = append(c.Content, api.AssistantContent{Type: api.AssistantContentTypeOutputText, Text: &text})
		}
	}
	switch {
	case len(c.Content) > 0:
		return c, reason
	case reason == "":
		reason = "it has no content"
	}
	return nil, reason
}

func orEmpty(s api.Nullable[string]) string {
	v, _ := s.Get()
	return v
}
