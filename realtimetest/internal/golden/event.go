package golden

import (
	"bytes"
	"encoding/json"
	"strings"
)

// event is a frame of the conversation.
type event struct {
	fromClient bool
	wireName   string
	members    map[string]any // Nil if the frame is no JSON object.
	raw        []byte
}

func newEvent(f Frame) *event {
	e := &event{fromClient: f.FromClient, wireName: f.Type, raw: f.Data}
	d := json.NewDecoder(bytes.NewReader(f.Data))
	d.UseNumber()
	if d.Decode(&e.members) != nil {
		e.members = nil
	}
	return e
}

// text returns the text at a path, empty if there is none.
func (e *event) text(path ...string) string {
	text, _ := value(e.members, path...).(string)
	return text
}

// value returns the value at a path, nil if there is none.
func value(object map[string]any, path ...string) any {
	var v any = object
	for _, name := range path {
		members, _ := v.(map[string]any)
		v = members[name]
	}
	return v
}

// itemID returns the id of the item that the event is about, empty if it is about none.
func (e *event) itemID() string {
	if id := e.text("item", "id"); id != "" {
		return id
	}
	return e.text("item_id")
}

// responseID returns the id of the response that the event is about.
func (e *event) responseID() string {
	if id := e.text("response", "id"); id != "" {
		return id
	}
	return e.text("response_id")
}

// deltaMember returns the member of an event that is a piece of a longer text or
// sound, empty if the event has none.
func (e *event) deltaMember() string {
	if strings.HasSuffix(e.wireName, ".delta") {
		return "delta"
	}
	return ""
}
