package realtimetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// TB is what [CompareGolden] needs of a [testing.TB].
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// updateVariable is the environment variable that makes golden files anew.
const updateVariable = "REALTIMETEST_UPDATE"

// CompareGolden compares a transcript, in the form of [Transcript.Golden], with
// a file, and tells where they part. With the environment variable
// REALTIMETEST_UPDATE set it writes the file.
func CompareGolden(t TB, file string, got *Transcript) {
	t.Helper()
	text := got.Golden()
	if os.Getenv(updateVariable) != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // A file of the source tree.
			t.Fatalf("%v", err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil { //nolint:gosec // A file of the source tree.
			t.Fatalf("%v", err)
		}
		return
	}
	want, err := os.ReadFile(file) //nolint:gosec // The test's own choice.
	if err != nil {
		t.Fatalf("%v; set %s=1 to write it", err, updateVariable)
	}
	want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
	if bytes.Equal(want, text) {
		return
	}
	was, is := strings.Split(string(want), "\n"), strings.Split(string(text), "\n")
	n := 0
	for n < len(was) && n < len(is) && was[n] == is[n] {
		n++
	}
	t.Errorf("the conversation departs from %s in line %d:\n was %s\n now %s\nset %s=1 to accept what is now",
		file, n+1, lineAt(was, n), lineAt(is, n), updateVariable)
}

func lineAt(lines []string, n int) string {
	if n < len(lines) && lines[n] != "" {
		return lines[n]
	}
	return "(the end)"
}

// Golden returns the conversation as text that does not change from run to run:
// a line for each event, ">" from the client and "<" from the server. Ids are
// numbered by kind in the order in which they are first seen, points in time
// are left out, sound is told by digest and length, and the deltas of an item
// are told as one, since how text and sound are cut means nothing. The sound
// that the client sends is told at its next other event.
func (t *Transcript) Golden() []byte {
	g := golden{ids: map[string]string{}, counts: map[string]int{}}
	fmt.Fprintf(&g.out, "? %s\n", t.Query.Encode())
	for _, e := range t.Entries {
		g.add(e)
	}
	g.flush()
	g.flushSound()
	if t.Code != 0 {
		fmt.Fprintf(&g.out, "< close %d %s\n", t.Code, t.Reason)
	}
	return g.out.Bytes()
}

type golden struct {
	out    bytes.Buffer
	ids    map[string]string // Numbered, by what they were.
	counts map[string]int    // By kind.
	runs   []*run            // Deltas that may go on.
	sound  *run              // Of the client.
}

// run is a sequence of deltas that is told as one.
type run struct {
	mark, key, member string
	event             map[string]any
	text              strings.Builder
	sound             []byte
}

func (g *golden) add(e Entry) {
	mark := "<"
	if e.Direction == Received {
		mark = ">"
	}
	var event map[string]any
	d := json.NewDecoder(bytes.NewReader(e.Data))
	d.UseNumber()
	if d.Decode(&event) != nil {
		g.flush()
		fmt.Fprintf(&g.out, "%s text %s\n", mark, digest(e.Data))
		return
	}
	member := deltaMember(e.Type)
	if member == "" {
		g.flush()
		if e.Direction == Received {
			g.flushSound()
		}
		g.write(mark, e.Type, event)
		return
	}
	if e.Direction == Received {
		g.append(event)
		return
	}
	piece, _ := event[member].(string)
	delete(event, member)
	key := fmt.Sprint(mark, e.Type, event["item_id"], event["content_index"])
	var r *run
	for _, known := range g.runs {
		if known.key == key {
			r = known
		}
	}
	if r == nil {
		r = &run{mark: mark, key: key, member: member, event: event}
		g.runs = append(g.runs, r)
	}
	if sound, err := base64.StdEncoding.DecodeString(piece); err == nil && isSound(e.Type) {
		r.sound = append(r.sound, sound...)
		return
	}
	r.text.WriteString(piece)
}

// append takes sound of the client, which is told as one up to the next event
// that the client sends: what of the server comes in between depends on how
// the sound is cut.
func (g *golden) append(event map[string]any) {
	piece, _ := event["audio"].(string)
	sound, err := base64.StdEncoding.DecodeString(piece)
	if err != nil {
		sound = []byte(piece)
	}
	if g.sound == nil {
		g.sound = &run{mark: ">", member: "audio", event: event}
	}
	g.sound.sound = append(g.sound.sound, sound...)
}

func (g *golden) flushSound() {
	if g.sound != nil {
		g.tell(g.sound)
		g.sound = nil
	}
}

// flush tells the deltas that have come to an end.
func (g *golden) flush() {
	for _, r := range g.runs {
		g.tell(r)
	}
	g.runs = nil
}

func (g *golden) tell(r *run) {
	wireName, _ := r.event["type"].(string)
	r.event[r.member] = r.text.String()
	if isSound(wireName) {
		r.event[r.member] = digest(r.sound)
	}
	for _, varies := range []string{"logprobs", "elapsed_ms"} {
		delete(r.event, varies)
	}
	g.write(r.mark, wireName, r.event)
}

func (g *golden) write(mark, wireName string, event map[string]any) {
	delete(event, "type")
	if mark == "<" {
		delete(event, "event_id")
	}
	g.settle(event)
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(event); err != nil {
		line.WriteString("{}\n")
	}
	fmt.Fprintf(&g.out, "%s %s %s", mark, wireName, line.Bytes())
}

// settle replaces what differs from run to run. Members are visited by name,
// so that ids are numbered the same each time.
func (g *golden) settle(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			text, isText := v[name].(string)
			switch {
			case volatile[name]:
				delete(v, name)
			case isText && isID(name):
				v[name] = g.number(text)
			case isText && name == "audio":
				sound, err := base64.StdEncoding.DecodeString(text)
				if err == nil {
					v[name] = digest(sound)
				}
			default:
				g.settle(v[name])
			}
		}
	case []any:
		for _, member := range v {
			g.settle(member)
		}
	}
}

// volatile are the members that say when, or nothing.
var volatile = map[string]bool{"obfuscation": true, "expires_at": true, "created_at": true, "reset_seconds": true}

func isID(name string) bool { return name == "id" || strings.HasSuffix(name, "_id") }

// number returns the name under which an id is told. Its kind is what is before
// the first underscore.
func (g *golden) number(id string) string {
	if id == "" || id == root {
		return id
	}
	if known, ok := g.ids[id]; ok {
		return known
	}
	kind, _, ok := strings.Cut(id, "_")
	if !ok {
		kind = "id"
	}
	g.counts[kind]++
	g.ids[id] = fmt.Sprintf("%s#%d", kind, g.counts[kind])
	return g.ids[id]
}

// deltaMember names the member of a delta that is a piece of a whole.
func deltaMember(wireName string) string {
	switch {
	case strings.HasSuffix(wireName, "input_audio_buffer.append"):
		return "audio"
	case strings.HasSuffix(wireName, ".delta"):
		return "delta"
	}
	return ""
}

func isSound(wireName string) bool {
	return strings.HasSuffix(wireName, "audio.delta") || strings.HasSuffix(wireName, "input_audio_buffer.append")
}

// digest tells bytes apart without repeating them.
func digest(data []byte) string {
	const shown = 6
	sum := sha256.Sum256(data)
	return fmt.Sprintf("sha256:%x %d bytes", sum[:shown], len(data))
}
