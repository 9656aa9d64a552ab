package recording

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/recording/internal/redact"
)

// refusals finds errors of the service, and what was dropped with a refused request.
func (b *builder) refusals() {
	for _, f := range b.t.Failures {
		at := Proof{f.Line, f.At}
		code := f.Code
		if code == "" {
			code = f.Type
		}
		switch {
		case f.What == "tool": // The tool's own line says it.
		case f.Code == notActive:
			b.find(FindRefused, Normal, f.At, f.At, "A response was cancelled when none was active.", at)
		case f.What == "refused":
			b.refusal(&f, code)
		case f.What == "server":
			b.find(FindRefused, Broken, f.At, f.At, fmt.Sprintf("The service sent an error%s%s.", ofReason(code), aboutParam(f.Param)), at)
		default:
			b.find(FindRefused, Broken, f.At, f.At, fmt.Sprintf("An error of kind %s%s.", f.What, ofReason(code)), at)
		}
	}
}

func aboutParam(param string) string {
	if param == "" {
		return ""
	}
	return " about " + param
}

// refusal adds a refused request.
func (b *builder) refusal(f *FailureMark, code string) {
	request := f.RequestType
	if request == "" {
		request = "a request"
	}
	text := fmt.Sprintf("The service refused %s%s%s.", request, aboutParam(f.Param), ofReason(code))
	evidence := []Proof{{f.Line, f.At}}
	out := b.out[f.Request]
	if out == nil {
		out = b.lastUpdate(f)
	}
	if out != nil {
		evidence = append(evidence, Proof{out.Number, out.At})
		if frame, ok := out.Body.(*Frame); ok {
			e := frame.decode()
			if others := otherMembers(e.Session, f.Param); len(others) > 0 {
				text += " With it were dropped: " + strings.Join(others, ", ") + "."
			}
		}
	}
	b.find(FindRefused, Broken, f.At, f.At, text, evidence...)
}

// lastUpdate returns the last session.update before an error that names no request.
func (b *builder) lastUpdate(f *FailureMark) (last *Line) {
	if f.RequestType != "session.update" {
		return nil
	}
	for i := range b.rec.Lines {
		l := &b.rec.Lines[i]
		if x, ok := l.Body.(*Frame); ok && x.Direction == Out && x.Type == f.RequestType && l.At <= f.At {
			last = l
		}
	}
	return last
}

// otherMembers returns the paths of what a session.update has beside a parameter.
func otherMembers(session json.RawMessage, param string) []string {
	var all []string
	addMembers(&all, session, "session", param)
	if len(all) > maxDroppedOut {
		all = append(all[:maxDroppedOut], "…")
	}
	return all
}

func addMembers(all *[]string, object json.RawMessage, path, param string) {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		at := path + "." + name
		switch {
		case at == param || path == "session" && name == "type":
		case strings.HasPrefix(param, at+".") || strings.HasPrefix(param, at+"["):
			addMembers(all, members[name], at, param)
		default:
			*all = append(*all, at)
		}
	}
}

// badResponses finds responses that failed, that are empty, or that were cancelled before
// anything of them was heard and charged nevertheless.
func (b *builder) badResponses() {
	for i := range b.t.Responses {
		r := &b.t.Responses[i]
		at := Proof{r.done, r.End}
		switch r.Status {
		case "failed":
			b.find(FindFailed, Broken, r.Begin, r.End, "A response failed"+ofReason(r.reason)+".", at)
		case "incomplete":
			b.find(FindFailed, Slow, r.Begin, r.End, "A response was not finished"+ofReason(r.reason)+".", at)
		case "completed":
			if r.outputs == 0 && !b.spoke(r.ID) {
				b.find(FindEmpty, Broken, r.Begin, r.End, "A response was empty: no sound, no text and no call.", at)
			}
		case "cancelled":
			tokens := r.Tokens.Text.Out + r.Tokens.Audio.Out
			if tokens > 0 && !b.spoke(r.ID) {
				b.find(FindCancelledBill, Normal, r.Begin, r.End, fmt.Sprintf(
					"A cancelled response of which nothing was heard is charged: %d tokens of output.", tokens), at)
			}
		default:
		}
	}
}

// spoke reports whether something of a response was heard.
func (b *builder) spoke(response string) bool {
	return slices.ContainsFunc(b.t.Items, func(x Item) bool { return x.Response == response && x.HeardLen > 0 })
}

// doubledTools finds calls that ran or were answered twice.
func (b *builder) doubledTools() {
	seen := map[string]ToolSpan{}
	for _, s := range b.t.Tools {
		if s.ID == "" {
			continue
		}
		if first, ok := seen[s.ID]; ok {
			b.find(FindDoubledTool, Broken, s.Begin, s.End, fmt.Sprintf("One call of the tool %s ran twice.", s.Name),
				Proof{s.Line, s.Begin}, Proof{first.Line, first.Begin})
			continue
		}
		seen[s.ID] = s
		if b.outputs[s.ID] > 1 {
			b.find(FindDoubledTool, Broken, s.Begin, s.End, fmt.Sprintf("One call of the tool %s was answered %d times.", s.Name, b.outputs[s.ID]),
				Proof{s.Line, s.Begin})
		}
	}
	for _, t := range b.t.Turns {
		b.repeated(&t)
	}
}

// repeated finds calls of one turn with equal arguments.
func (b *builder) repeated(t *Turn) {
	type call struct{ name, arguments string }
	seen := map[call]string{}
	for _, i := range t.Tools {
		s := b.t.Tools[i]
		key := call{s.Name, s.Arguments}
		if s.Arguments == "" || redact.IsLength(s.Arguments) {
			continue
		}
		if id, ok := seen[key]; ok && id != s.ID {
			b.find(FindDoubledTool, Broken, s.Begin, s.End, fmt.Sprintf("The tool %s was called twice in one turn with equal arguments.", s.Name), Proof{s.Line, s.Begin})
		}
		seen[key] = s.ID
	}
}

// starvation finds sound that ran out in the middle of an item.
func (b *builder) starvation() {
	for _, x := range b.t.Items {
		for i := 1; i < len(x.Heard); i++ {
			before, after := x.Heard[i-1], x.Heard[i]
			if pause := after.Begin - before.End(); pause > starved {
				b.find(FindStarved, Slow, before.End(), after.Begin, fmt.Sprintf(
					"The sound of an answer paused for %s in its middle.", seconds(pause)), Proof{x.Line, x.Begin})
			}
		}
	}
}

// losses finds what the session or the recording has lost.
func (b *builder) losses() {
	for i := range b.rec.Lines {
		l := &b.rec.Lines[i]
		at := Proof{l.Number, l.At}
		switch x := l.Body.(type) {
		case *Gap:
			b.find(FindGap, Normal, l.At, l.At, fmt.Sprintf("The recording lacks %s here.", count(int(x.Lines), "line")), at)
		case *Queue:
			if x.Dropped > 0 {
				b.find(FindDropped, Broken, l.At, l.At, fmt.Sprintf("A full queue dropped %s.", count(x.Dropped, "event")), at)
			}
		case *Frame:
			if x.Fate == FateDiscarded {
				b.find(FindDropped, Broken, l.At, l.At, "A full queue dropped "+x.Type+".", at)
			}
		default:
		}
	}
	for _, bad := range b.rec.Bad {
		b.find(FindGap, Normal, b.t.Length, b.t.Length, fmt.Sprintf("Line %d of the recording cannot be read.", bad.Line), Proof{Line: bad.Line})
	}
	if tail := b.rec.Tail; tail != nil {
		b.find(FindGap, Normal, tail.At, tail.At, fmt.Sprintf("The recording was cut after %v.", tail.At), Proof{tail.Line, tail.At})
	}
}
