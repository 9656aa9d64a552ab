package view

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/recording"
)

// makeEvents makes the rows of the list of events: one for each line but for sound, whose
// lines are joined.
func (b *builder) makeEvents() []event {
	var all []event
	runs := map[string]int{} // rows of sound that go on, by what they are
	for i := range b.rec.Lines {
		l := &b.rec.Lines[i]
		key := runKey(l)
		if n, ok := runs[key]; ok && key != "" && int64(l.At)-all[n].At < int64(recording.Second) {
			all[n].join(l)
			b.rows[i] = n
			continue
		}
		if key == "" {
			clear(runs)
		}
		if _, ok := l.Body.(*recording.Audio); ok {
			continue // Its messages are there.
		}
		b.rows[i] = len(all)
		if key != "" {
			runs[key] = len(all)
		}
		all = append(all, newEvent(l))
	}
	b.link(all)
	return all
}

// runKey says what the sound of a single message belongs to, "" for other lines. Runs are
// joined by the writer already.
func runKey(l *recording.Line) string {
	f, ok := l.Body.(*recording.Frame)
	if !ok || f.N > 1 || !isSound(f.Type) {
		return ""
	}
	return f.Type + " " + f.Item
}

func isSound(name string) bool {
	return name == "input_audio_buffer.append" || strings.HasSuffix(name, "audio.delta")
}

func newEvent(l *recording.Line) event {
	e := event{At: int64(l.At), Name: l.Body.Kind(), Tags: []string{}, Line: shown(l)}
	switch body := l.Body.(type) {
	case *recording.Frame:
		e.Way = string(body.Direction)
		e.frame(body)
	case *recording.Heard:
		e.Name, e.Size = "heard "+body.Item, seconds(body.To-body.From)+" s"
		e.tag("speech")
	case *recording.Cut:
		e.Name, e.Size = "cut "+body.Item, seconds(body.Heard)+" of "+seconds(body.Made)+" s"
		e.tag("cutoff", "speech")
	case *recording.Tool:
		e.Name = "tool " + body.Name + " " + string(body.Phase)
		e.tag("tool")
		if body.Phase == recording.Finished {
			e.Size = short(body.Took)
		}
		if body.OK != nil && !*body.OK {
			e.tag("error")
		}
	case *recording.Dial:
		e.Size = short(body.Took)
		e.tag("link")
		if body.Error != "" || body.Status >= 400 {
			e.Name = strings.TrimSpace("dial failed " + body.Error)
			e.tag("error")
		}
	case *recording.Lost:
		e.Name = strings.TrimSuffix("connection lost "+strconv.Itoa(body.Code), " 0")
		e.tag("link", "error")
	case *recording.Restored:
		e.Name, e.Size = "connection restored", plural(body.Items, "item")
		if len(body.Lost) > 0 {
			e.Size += fmt.Sprintf(", %d lost", len(body.Lost))
		}
		e.tag("link")
	case *recording.Failure:
		e.Name = strings.Join(strings.Fields(body.What+" error "+body.Code), " ")
		e.tag("error")
	case *recording.Usage:
		e.Name = "usage " + body.Response
		if body.MicroUSD != nil {
			e.Size = cents(*body.MicroUSD)
		}
	case *recording.Gap:
		e.Name, e.Size = "gap in the recording", plural(int(body.Lines), "line")
		e.tag("error")
	case *recording.Queue:
		if body.Dropped > 0 {
			e.Size = count(int64(body.Dropped)) + " dropped"
			e.tag("error")
		}
	case *recording.TurnMark:
		e.Name = fmt.Sprintf("turn %d %s", body.N, body.Phase)
		e.tag("speech")
	case *recording.Note:
		e.Name = strings.TrimSpace("note " + body.Text)
	case *recording.End:
		e.Name = "end: " + body.Why
		e.tag("link")
	default:
	}
	return e
}

func (e *event) tag(tags ...string) { e.Tags = append(e.Tags, tags...) }

// frame names a message and tags it by what it is about.
func (e *event) frame(f *recording.Frame) {
	e.Name = f.Type
	if e.Name == "" {
		e.Name = "message without a type"
		e.tag("error")
	}
	e.Size = size(f.Bytes)
	if f.N > 1 {
		e.Name += fmt.Sprintf(" ×%d", f.N)
		if f.AudioMS > 0 {
			e.Size = seconds(recording.Micros(f.AudioMS)*recording.Millisecond) + " s, " + e.Size
		}
	}
	e.n, e.bytes = max(f.N, 1), f.Bytes
	switch f.Fate {
	case recording.FateUncertain, recording.FateUnsent, recording.FateDiscarded:
		e.Size = string(f.Fate) + ", " + e.Size
		e.tag("error")
	case recording.FateWritten, "":
	}
	switch {
	case isSound(f.Type):
		e.tag("sound")
	case f.Type == "error", strings.HasSuffix(f.Type, ".failed"):
		e.tag("error")
	case strings.Contains(f.Type, "function_call") || strings.Contains(f.Type, "mcp"):
		e.tag("tool")
	case strings.HasPrefix(f.Type, "input_audio_buffer."), strings.HasPrefix(f.Type, "output_audio_buffer."),
		strings.Contains(f.Type, "transcript"), f.Type == "conversation.item.truncate", f.Type == "conversation.item.truncated":
		e.tag("speech")
	case strings.HasPrefix(f.Type, "session."):
		e.tag("link")
	}
}

// join adds a single message to a row of its kind.
func (e *event) join(l *recording.Line) {
	f, ok := l.Body.(*recording.Frame)
	if !ok {
		return
	}
	e.n++
	e.bytes += f.Bytes
	e.Name = fmt.Sprintf("%s ×%d", f.Type, e.n)
	e.Size = size(e.bytes)
}

// ids are the members of a message by which others refer to it.
type ids struct {
	Event string `json:"event_id"`
	Error *struct {
		Event string `json:"event_id"`
	} `json:"error"`
}

// link joins refusals with the requests that they refuse.
func (b *builder) link(all []event) {
	requests := map[string]int{}
	refusals := map[int]string{} // ids of requests by row
	for i := range b.rec.Lines {
		row, ok := b.rows[i]
		if !ok {
			continue
		}
		switch body := b.rec.Lines[i].Body.(type) {
		case *recording.Frame:
			var id ids
			if body.Event == nil || json.Unmarshal(body.Event, &id) != nil {
				continue
			}
			if body.Direction == recording.Out && id.Event != "" {
				requests[id.Event] = row
			}
			if id.Error != nil {
				refusals[row] = id.Error.Event
			}
		case *recording.Failure:
			refusals[row] = body.Request
		default:
		}
	}
	// A request can stand below its refusal: both may have the same time.
	for _, row := range slices.Sorted(maps.Keys(refusals)) {
		refuse(all, requests, refusals[row], row)
	}
}

func refuse(all []event, requests map[string]int, id string, row int) {
	request, ok := requests[id]
	if !ok || id == "" {
		return
	}
	all[row].Links = append(all[row].Links, link{"refuses the " + all[request].Name + " at " + clock(recording.Micros(all[request].At)), request})
	all[request].Links = append(all[request].Links, link{"refused at " + clock(recording.Micros(all[row].At)), row})
	all[request].tag("error")
}
