package golden

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// writer writes blocks.
type writer struct {
	out    bytes.Buffer
	ids    map[string]string // Numbered ids by original id.
	counts map[string]int    // By kind of id.
	cut    map[string]bool   // Ids of the items that were cut off.
}

// block writes a block and the responses that it has caused.
func (w *writer) block(b *block) {
	if len(b.sound) > 0 {
		w.line(">", "input_audio_buffer.append", map[string]any{"audio": digest(b.sound)})
	}
	deltas := map[string]*delta{}
	for _, e := range b.events {
		if e.deltaMember() != "" {
			deltaOf(deltas, e).add(e)
		}
	}
	for _, e := range b.events {
		switch {
		case b.response && w.isCut(e, b.status == ""):
		case e.deltaMember() != "":
			if d := deltaOf(deltas, e); !d.written {
				d.written = true
				w.line("<", e.wireName, d.members(e))
			}
		default:
			w.event(e)
		}
	}
	for _, caused := range b.caused {
		w.block(caused)
	}
}

// isCut reports whether an event is left out because it is about the content of an item
// that was cut off, or, if the response was lost, about the item itself.
func (w *writer) isCut(e *event, lost bool) bool {
	if !w.cut[e.itemID()] {
		return false
	}
	return lost || e.text("item", "id") == ""
}

func (w *writer) event(e *event) {
	mark := "<"
	if e.fromClient {
		mark = ">"
	}
	if e.members == nil {
		fmt.Fprintf(&w.out, "%s text %s\n", mark, digest(e.raw))
		return
	}
	w.line(mark, e.wireName, e.members)
}

// delta is the whole of the deltas of one item.
type delta struct {
	text    strings.Builder
	sound   []byte
	written bool
}

// deltaOf returns the whole to which an event belongs.
func deltaOf(all map[string]*delta, e *event) *delta {
	key := fmt.Sprint(e.wireName, e.members["item_id"], e.members["content_index"])
	if all[key] == nil {
		all[key] = &delta{}
	}
	return all[key]
}

func (d *delta) add(e *event) {
	piece := e.text("delta")
	if sound, err := base64.StdEncoding.DecodeString(piece); err == nil && IsSound(e.wireName) {
		d.sound = append(d.sound, sound...)
		return
	}
	d.text.WriteString(piece)
}

// members returns the members of the line, which are those of the first delta e.
func (d *delta) members(e *event) map[string]any {
	members := maps.Clone(e.members)
	members["delta"] = d.text.String()
	if IsSound(e.wireName) {
		members["delta"] = digest(d.sound)
	}
	delete(members, "logprobs")
	return members
}

func (w *writer) line(mark, wireName string, members map[string]any) {
	members = maps.Clone(members)
	delete(members, "type")
	if mark == "<" {
		delete(members, "event_id")
		delete(members, "previous_item_id")
	}
	w.normalize(members)
	var line strings.Builder
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(members); err != nil {
		line.WriteString("{}\n")
	}
	fmt.Fprintf(&w.out, "%s %s %s", mark, wireName, line.String())
}

// volatile are members that hold times, padding, or sums that depend on times.
var volatile = map[string]bool{
	"obfuscation": true, "expires_at": true, "created_at": true, "reset_seconds": true, "remaining": true,
	"audio_start_ms": true, "audio_end_ms": true, "received_at": true, "elapsed_ms": true, "usage": true,
}

// normalize replaces what differs between runs. It visits members by name, so
// that ids get the same numbers in each run.
func (w *writer) normalize(v any) {
	switch v := v.(type) {
	case map[string]any:
		if id, ok := v["id"].(string); ok && w.cut[id] {
			delete(v, "content")
			delete(v, "arguments")
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			w.member(v, name)
		}
	case []any:
		for _, member := range v {
			w.normalize(member)
		}
	}
}

// member replaces what differs between runs in a member of an object.
func (w *writer) member(object map[string]any, name string) {
	text, isText := object[name].(string)
	metadata, _ := object[name].(map[string]any)
	switch {
	case volatile[name]:
		delete(object, name)
	case isText && isID(name):
		object[name] = w.number(text)
	case isText && name == "audio":
		if sound, err := base64.StdEncoding.DecodeString(text); err == nil {
			object[name] = digest(sound)
		}
	case name == "metadata" && metadata != nil:
		for _, key := range slices.Sorted(maps.Keys(metadata)) {
			if text, ok := metadata[key].(string); ok && isRandom(text) {
				metadata[key] = w.number(text)
			}
		}
	default:
		w.normalize(object[name])
	}
}

func isID(name string) bool { return name == "id" || strings.HasSuffix(name, "_id") }

// isRandom reports whether text contains what looks like a random id: ten letters and
// digits or more in a row, with a digit or in capitals, or a UUID.
func isRandom(text string) bool {
	const long, uuid = 10, 36
	if len(text) == uuid && strings.Count(text, "-") == 4 {
		return true
	}
	words := strings.FieldsFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	return slices.ContainsFunc(words, func(word string) bool {
		return len(word) >= long && (strings.ContainsAny(word, "0123456789") || word == strings.ToUpper(word))
	})
}

// number returns the numbered form of an id. Its kind is the part before the
// first underscore. The id "root" is the same in each run.
func (w *writer) number(id string) string {
	if id == "" || id == "root" {
		return id
	}
	if known, ok := w.ids[id]; ok {
		return known
	}
	kind, _, ok := strings.Cut(id, "_")
	if !ok || isRandom(kind) {
		kind = "id"
	}
	w.counts[kind]++
	w.ids[id] = fmt.Sprintf("%s#%d", kind, w.counts[kind])
	return w.ids[id]
}
