package realtimetest

import (
	"bytes"

	"github.com/voicelane/realtime-go/gen/api"
)

// begin opens an output item.
func (r *response) begin(item api.Item, id string) *output {
	o := &output{index: len(r.outputs), entry: &entry{id: id, item: item, format: r.format}}
	r.outputs = append(r.outputs, o)
	r.current = o
	r.emit(&api.ResponseOutputItemAdded{
		EventID: r.newID("event"), ResponseID: r.id, OutputIndex: o.index, Item: item,
	})
	if !r.apart {
		r.items.begin(o.entry)
	}
	return o
}

// beginMessage opens a message and its only content part.
func (r *response) beginMessage(spoken bool) *output {
	id := r.newID("item")
	o := r.begin(&api.AssistantMessage{
		ID: new(id), Object: objectItem(), Status: new(api.ItemStatusInProgress), Content: []api.AssistantContent{},
	}, id)
	o.spoken = spoken
	o.entry.item = o.message(api.ItemStatusInProgress)
	r.emit(&api.ResponseContentPartAdded{
		EventID: r.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index, Part: o.part(),
	})
	return o
}

// message returns the item with the content that was sent.
func (o *output) message(status api.ItemStatus) *api.AssistantMessage {
	part := api.AssistantContent{Type: api.AssistantContentTypeOutputText, Text: new(o.text)}
	if o.spoken {
		part = api.AssistantContent{Type: api.AssistantContentTypeOutputAudio, Transcript: new(o.text)}
	}
	return &api.AssistantMessage{
		ID: new(o.entry.id), Object: objectItem(), Status: new(status), Content: []api.AssistantContent{part},
	}
}

// part returns the content as the content part events show it.
func (o *output) part() api.ContentPart {
	if o.spoken {
		return api.ContentPart{Type: api.ContentPartTypeAudio, Transcript: new(o.text)}
	}
	return api.ContentPart{Type: api.ContentPartTypeText, Text: new(o.text)}
}

// end closes the current output item.
func (r *response) end(status api.ItemStatus) {
	o := r.current
	r.current = nil
	id := o.entry.id
	switch item := o.entry.item.(type) {
	case *api.AssistantMessage:
		r.endContent(o)
		if o.sent < len(o.sound) {
			o.entry.sound = bytes.Clone(o.entry.sound) // The rest of the audio is freed.
		}
		if o.entry.truncated {
			kept := *item
			kept.Status = new(status)
			o.entry.item = &kept
			break
		}
		o.entry.item = o.message(status)
	case *api.FunctionCall:
		done := *item
		done.Status, done.Arguments = new(status), o.arguments
		if status == api.ItemStatusCompleted {
			r.emit(&api.ResponseFunctionCallArgumentsDone{
				EventID: r.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index,
				CallID: done.CallID, Name: done.Name, Arguments: done.Arguments,
			})
		}
		o.entry.item = &done
	default: // Items of MCP are complete already.
	}
	r.emit(&api.ResponseOutputItemDone{
		EventID: r.newID("event"), ResponseID: r.id, OutputIndex: o.index, Item: o.entry.item,
	})
	if _, exists := r.items.byID[id]; exists && !r.apart {
		r.items.end(o.entry)
	}
}

func (r *response) endContent(o *output) {
	id := o.entry.id
	if o.spoken {
		r.emit(&api.ResponseOutputAudioDone{
			EventID: r.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index,
		})
		r.emit(&api.ResponseOutputAudioTranscriptDone{
			EventID: r.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index, Transcript: o.text,
		})
	} else {
		r.emit(&api.ResponseOutputTextDone{
			EventID: r.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index, Text: o.text,
		})
	}
	r.emit(&api.ResponseContentPartDone{
		EventID: r.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index, Part: o.part(),
	})
}
