package replay

import (
	"bytes"
	"encoding/json"
)

// kind is a kind of ids. Two kinds may use the same texts.
type kind int

const (
	events kind = iota
	items
	calls
)

// ids are the ids that the client has chosen: for each one of the recording, that of now.
type ids map[id]string

type id struct {
	kind kind
	text string
}

// places are where the service repeats ids of the client. Its own event_id, and what
// applications call ids in texts, metadata and schemas, are none.
var places = map[string]kind{
	"error.event_id":          events,
	"item_id":                 items,
	"previous_item_id":        items,
	"item.id":                 items,
	"response.output.id":      items,
	"call_id":                 calls,
	"item.call_id":            calls,
	"response.output.call_id": calls,
}

// holders are the objects and arrays on the way to places.
var holders = map[string]bool{"": true, "error": true, "item": true, "response": true, "response.output": true}

// pair notes the ids in an event of the client, as it was recorded and as it is now.
func (x ids) pair(recorded, now []byte) {
	type chosen struct {
		EventID string `json:"event_id"`
		Item    struct {
			Type   string `json:"type"`
			ID     string `json:"id"`
			CallID string `json:"call_id"`
		} `json:"item"`
	}
	var a, b chosen
	if json.Unmarshal(recorded, &a) != nil || json.Unmarshal(now, &b) != nil {
		return
	}
	x.add(id{events, a.EventID}, b.EventID)
	x.add(id{items, a.Item.ID}, b.Item.ID)
	if a.Item.Type == "function_call" { // Outputs have the call's id, which may be of the service.
		x.add(id{calls, a.Item.CallID}, b.Item.CallID)
	}
}

func (x ids) add(recorded id, now string) {
	if recorded.text != "" && now != "" {
		x[recorded] = now
	}
}

// rewrite returns an event of the service with the ids of now. All else keeps its bytes.
func (x ids) rewrite(data []byte) []byte {
	if len(x) == 0 {
		return data
	}
	w := rewriter{ids: x, data: data, d: json.NewDecoder(bytes.NewReader(data))}
	if w.value("") != nil {
		return data
	}
	return append(w.out, data[w.copied:]...)
}

// rewriter goes through the tokens of an event.
type rewriter struct {
	ids    ids
	d      *json.Decoder
	data   []byte
	out    []byte
	copied int // out stands for data[:copied]
}

// value goes through the value at a path. Elements of an array have its path.
func (w *rewriter) value(path string) error {
	kind, place := places[path]
	if !place && !holders[path] {
		var skipped json.RawMessage
		return w.d.Decode(&skipped)
	}
	start := int(w.d.InputOffset())
	token, err := w.d.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case string:
		if now, ok := w.ids[id{kind, token}]; place && ok {
			w.replace(start, now)
		}
	case json.Delim:
		return w.members(path, token)
	}
	return nil
}

// members goes through an object or array behind its opening token.
func (w *rewriter) members(path string, opening json.Delim) error {
	for w.d.More() {
		inner := path
		if opening == '{' {
			name, err := w.d.Token()
			if err != nil {
				return err
			}
			inner, _ = name.(string)
			if path != "" {
				inner = path + "." + inner
			}
		}
		if err := w.value(inner); err != nil {
			return err
		}
	}
	_, err := w.d.Token()
	return err
}

// replace puts a text in place of the string that was read last. Between start and that
// string are separators and spaces alone.
func (w *rewriter) replace(start int, now string) {
	quoted, err := json.Marshal(now)
	if err != nil {
		return
	}
	start += bytes.IndexByte(w.data[start:], '"')
	w.out = append(append(w.out, w.data[w.copied:start]...), quoted...)
	w.copied = int(w.d.InputOffset())
}
