package realtimetest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// The steps that only faults have, and those that faults have of the others.
var (
	onlyFaults = []string{"deny", "trickle", "late"}
	alsoFaults = []string{"hang_up", "cut", "stall", "send", "emit"}
)

func (b *scriptBuilder) fault(path string, f faultFile) Fault {
	fault := Fault{Conn: f.Conn, Nth: f.Nth}
	if f.At != nil {
		switch {
		case (f.At.Sent == "") == (f.At.Received == ""):
			b.fail(path+".at", "a frame is either sent or received")
		case f.At.Sent != "":
			fault.At = Is(Sent, f.At.Sent)
		default:
			fault.At = Is(Received, f.At.Received)
		}
	}
	if f.Do == nil {
		b.fail(path, "the fault does nothing")
		return fault
	}
	if kinds := f.Do.kinds(); len(kinds) == 1 && !slices.Contains(onlyFaults, kinds[0]) && !slices.Contains(alsoFaults, kinds[0]) {
		b.fail(path+".do", "%s is no fault", kinds[0])
	}
	fault.Do = b.anyStep(path+".do", f.Do)
	return fault
}

// step makes a step of the model.
func (b *scriptBuilder) step(path string, f *stepFile) Step {
	if kinds := f.kinds(); len(kinds) == 1 && slices.Contains(onlyFaults, kinds[0]) {
		b.fail(path, "%s is for faults", kinds[0])
	}
	return b.anyStep(path, f)
}

// anyStep makes the step of the one kind that f names.
func (b *scriptBuilder) anyStep(path string, f *stepFile) Step {
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
	case "deny":
		return Deny{Status: f.Deny.Status, RetryAfter: time.Duration(f.Deny.RetryAfter)}
	case "trickle":
		return Trickle{Bytes: f.Trickle.Bytes, Every: time.Duration(f.Trickle.Every)}
	case "late":
		return Late(*f.Late)
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
		{"deny", f.Deny != nil},
		{"trickle", f.Trickle != nil},
		{"late", f.Late != nil},
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
	e := protocol.Error(f.Code, f.Param, f.Message)
	e.Code = nullable(f.Code)
	if f.Type != "" {
		e.Type = f.Type
	}
	return Refuse(*e)
}

func (b *scriptBuilder) emit(path string, raw json.RawMessage) Step {
	e, err := api.DecodeServerEvent(raw)
	if err != nil {
		b.fail(path+".emit", "%w", err)
	}
	return Emit{Event: e}
}
