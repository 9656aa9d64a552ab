package realtimetest

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// step makes the step of the one kind that f names.
func (b *scriptBuilder) step(path string, f *stepFile) Step {
	kinds := f.kinds()
	if len(kinds) != 1 {
		b.fail(path, "a step is of one kind, this is of %d: %s", len(kinds), strings.Join(kinds, ", "))
		return Wait(0)
	}
	for name, given := range map[string]bool{
		"wav": f.WAV != "", "tone": f.Tone != nil, "arguments": f.Arguments != nil, "id": f.ID != "", "server": f.Server != "",
	} {
		if given && !belongs(name, kinds[0]) {
			b.fail(path, "%s does not belong to %s", name, kinds[0])
		}
	}
	switch kinds[0] {
	case "say":
		return b.say(path, f)
	case "call":
		return Call{Name: *f.Call, Arguments: arguments(f.Arguments), ID: f.ID}
	case "mcp_call":
		if f.Server == "" {
			b.fail(path, "mcp_call needs a server")
		}
		return MCPCall{Server: f.Server, Name: *f.MCPCall, Arguments: arguments(f.Arguments)}
	case "wait":
		return Wait(*f.Wait)
	case "hang":
		return Hang{}
	case "stop":
		return Stop(*f.Stop)
	case "fail":
		return Fail{Type: f.Fail.Type, Code: f.Fail.Code, Message: f.Fail.Message}
	case "refuse":
		return f.Refuse.refusal()
	case "emit":
		return b.emit(path, f.Emit)
	case "hang_up":
		return HangUp{Code: f.HangUp.Code, Reason: f.HangUp.Reason}
	case "send":
		return Send{Data: []byte(*f.Send)}
	case "cut":
		return Cut{}
	default:
		return Stall(*f.Stall)
	}
}

// kinds names the kinds of step that are there; there should be one.
func (f *stepFile) kinds() []string {
	var kinds []string
	for _, k := range [...]struct {
		name  string
		given bool
	}{
		{"say", f.Say != nil},
		{"call", f.Call != nil},
		{"mcp_call", f.MCPCall != nil},
		{"wait", f.Wait != nil},
		{"hang", f.Hang != nil},
		{"stop", f.Stop != nil},
		{"fail", f.Fail != nil},
		{"refuse", f.Refuse != nil},
		{"emit", f.Emit != nil},
		{"hang_up", f.HangUp != nil},
		{"send", f.Send != nil},
		{"cut", f.Cut != nil},
		{"stall", f.Stall != nil},
	} {
		if k.given {
			kinds = append(kinds, k.name)
		}
	}
	return kinds
}

// belongs reports whether a member goes with a kind of step.
func belongs(member, kind string) bool {
	switch member {
	case "wav", "tone":
		return kind == "say"
	case "arguments":
		return kind == "call" || kind == "mcp_call"
	case "id":
		return kind == "call"
	default:
		return kind == "mcp_call"
	}
}

func (b *scriptBuilder) say(path string, f *stepFile) Step {
	say := Say{Text: *f.Say, Audio: b.sound(path+".wav", f.WAV)}
	if f.Tone != nil {
		if f.WAV != "" {
			b.fail(path, "say has either a wav or a tone")
		}
		say.Audio = Tone(time.Duration(*f.Tone))
	}
	return say
}

// arguments are a JSON object, or text that may be anything.
func arguments(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

func (f *failFile) refusal() Refuse {
	e := protocolError(f.Code, f.Param, f.Message)
	e.Code = nullable(f.Code)
	if f.Type != "" {
		e.Type = f.Type
	}
	return Refuse(e)
}

func (b *scriptBuilder) emit(path string, raw json.RawMessage) Step {
	e, err := api.DecodeServerEvent(raw)
	if err != nil {
		b.fail(path+".emit", "%w", err)
	}
	return Emit{Event: e}
}
