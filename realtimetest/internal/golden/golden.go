// Package golden writes conversations as text that is equal in each run, and
// removes secrets from frames.
//
// [Text] writes a conversation; [Redact] returns a frame without secrets.
package golden

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Frame is one text frame of a conversation.
type Frame struct {
	// FromClient reports whether the client sent the frame.
	FromClient bool
	// Type is the event's wire name, empty if it has none.
	Type string
	Data []byte
}

// Text returns a line for each event, ">" from the client and "<" from the server.
// Ids are numbered by kind in order of appearance, times are left out, and audio
// is written as digest and length. The deltas of an item are one line, and so is
// the client's audio between two other events of the client: how both are cut has
// no meaning.
func Text(frames []Frame) []byte {
	w := writer{ids: map[string]string{}, counts: map[string]int{}}
	for _, f := range frames {
		w.add(f)
	}
	w.flush()
	w.flushSound()
	return w.out.Bytes()
}

type writer struct {
	out    bytes.Buffer
	ids    map[string]string // Numbered ids by original id.
	counts map[string]int    // By kind of id.
	runs   []*run            // Deltas of the server that may continue.
	sound  *run              // Audio of the client that may continue.
}

// run is a sequence of deltas that becomes one line.
type run struct {
	mark, key, member string
	event             map[string]any
	text              strings.Builder
	sound             []byte
}

func (w *writer) add(f Frame) {
	mark := "<"
	if f.FromClient {
		mark = ">"
	}
	var event map[string]any
	d := json.NewDecoder(bytes.NewReader(f.Data))
	d.UseNumber()
	if d.Decode(&event) != nil {
		w.flush()
		fmt.Fprintf(&w.out, "%s text %s\n", mark, digest(f.Data))
		return
	}
	member := deltaMember(f.Type)
	switch {
	case member == "":
		w.flush()
		if f.FromClient {
			w.flushSound()
		}
		w.write(mark, f.Type, event)
	case f.FromClient:
		w.addSound(event)
	default:
		w.addDelta(f.Type, member, event)
	}
}

// addDelta adds a delta of the server to its run.
func (w *writer) addDelta(wireName, member string, event map[string]any) {
	piece, _ := event[member].(string)
	delete(event, member)
	key := fmt.Sprint(wireName, event["item_id"], event["content_index"])
	i := slices.IndexFunc(w.runs, func(r *run) bool { return r.key == key })
	if i < 0 {
		i = len(w.runs)
		w.runs = append(w.runs, &run{mark: "<", key: key, member: member, event: event})
	}
	r := w.runs[i]
	if sound, err := base64.StdEncoding.DecodeString(piece); err == nil && IsSound(wireName) {
		r.sound = append(r.sound, sound...)
		return
	}
	r.text.WriteString(piece)
}

// addSound adds audio of the client. It is written before the client's next
// event: which events of the server come in between depends on how it is cut.
func (w *writer) addSound(event map[string]any) {
	piece, _ := event["audio"].(string)
	sound, err := base64.StdEncoding.DecodeString(piece)
	if err != nil {
		sound = []byte(piece)
	}
	if w.sound == nil {
		w.sound = &run{mark: ">", member: "audio", event: event}
	}
	w.sound.sound = append(w.sound.sound, sound...)
}

func (w *writer) flushSound() {
	if w.sound != nil {
		w.writeRun(w.sound)
		w.sound = nil
	}
}

// flush writes the server's deltas that have ended.
func (w *writer) flush() {
	for _, r := range w.runs {
		w.writeRun(r)
	}
	w.runs = nil
}

func (w *writer) writeRun(r *run) {
	wireName, _ := r.event["type"].(string)
	r.event[r.member] = r.text.String()
	if IsSound(wireName) {
		r.event[r.member] = digest(r.sound)
	}
	for _, varies := range []string{"logprobs", "elapsed_ms"} {
		delete(r.event, varies)
	}
	w.write(r.mark, wireName, r.event)
}

func (w *writer) write(mark, wireName string, event map[string]any) {
	delete(event, "type")
	if mark == "<" {
		delete(event, "event_id")
	}
	w.normalize(event)
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(event); err != nil {
		line.WriteString("{}\n")
	}
	fmt.Fprintf(&w.out, "%s %s %s", mark, wireName, line.Bytes())
}

// normalize replaces what differs between runs. It visits members by name, so
// that ids get the same numbers in each run.
func (w *writer) normalize(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			text, isText := v[name].(string)
			switch {
			case volatile[name]:
				delete(v, name)
			case isText && isID(name):
				v[name] = w.number(text)
			case isText && name == "audio":
				sound, err := base64.StdEncoding.DecodeString(text)
				if err == nil {
					v[name] = digest(sound)
				}
			default:
				w.normalize(v[name])
			}
		}
	case []any:
		for _, member := range v {
			w.normalize(member)
		}
	}
}

// volatile are members that hold times or padding.
var volatile = map[string]bool{"obfuscation": true, "expires_at": true, "created_at": true, "reset_seconds": true}

func isID(name string) bool { return name == "id" || strings.HasSuffix(name, "_id") }

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
	if !ok {
		kind = "id"
	}
	w.counts[kind]++
	w.ids[id] = fmt.Sprintf("%s#%d", kind, w.counts[kind])
	return w.ids[id]
}

// deltaMember returns the member of an event that is a piece of a longer text or
// sound, empty if the event has none.
func deltaMember(wireName string) string {
	switch {
	case strings.HasSuffix(wireName, "input_audio_buffer.append"):
		return "audio"
	case strings.HasSuffix(wireName, ".delta"):
		return "delta"
	}
	return ""
}

// IsSound reports whether events of that name carry audio.
func IsSound(wireName string) bool {
	return strings.HasSuffix(wireName, "audio.delta") || strings.HasSuffix(wireName, "input_audio_buffer.append")
}

// digest identifies bytes without repeating them.
func digest(data []byte) string {
	const shown = 6
	sum := sha256.Sum256(data)
	return fmt.Sprintf("sha256:%x %d bytes", sum[:shown], len(data))
}
