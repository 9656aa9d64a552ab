package realtimetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/scriptfile"
)

// scriptBuilder makes a [Script] from its JSON form.
type scriptBuilder struct {
	files fs.FS // Recordings. May be nil.
	err   error // The first error.
}

func (b *scriptBuilder) fail(path, format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(path+": "+format, args...)
	}
}

// sound reads a WAV file. An empty name is no audio.
func (b *scriptBuilder) sound(path, name string) []byte {
	if name == "" {
		return nil
	}
	if b.files == nil {
		b.fail(path, "there is no directory to find %s in", name)
		return nil
	}
	f, err := b.files.Open(name)
	if err != nil {
		b.fail(path, "%w", err)
		return nil
	}
	defer func() { _ = f.Close() }() // Opened for reading.
	wav, err := audio.ReadWAV(f, nil)
	if err != nil {
		b.fail(path, "%s: %w", name, err)
		return nil
	}
	sound, err := io.ReadAll(audio.Convert(wav, audio.PCM24k))
	if err != nil {
		b.fail(path, "%s: %w", name, err)
	}
	return sound
}

func (b *scriptBuilder) fault(path string, f scriptfile.Fault) Fault {
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
	if kinds := f.Do.Kinds(); len(kinds) == 1 && !scriptfile.IsFault(kinds[0]) {
		b.fail(path+".do", "%s is no fault", kinds[0])
	}
	fault.Do = b.anyStep(path+".do", f.Do)
	return fault
}

// step returns a step of a rule.
func (b *scriptBuilder) step(path string, f *scriptfile.Step) Step {
	if kinds := f.Kinds(); len(kinds) == 1 && scriptfile.OnlyFault(kinds[0]) {
		b.fail(path, "%s is for faults", kinds[0])
	}
	return b.anyStep(path, f)
}

// anyStep returns a step of a rule or a fault.
func (b *scriptBuilder) anyStep(path string, f *scriptfile.Step) Step {
	kinds := f.Kinds()
	if len(kinds) != 1 {
		b.fail(path, "a step is of one kind, this is of %d: %s", len(kinds), strings.Join(kinds, ", "))
		return Wait(0)
	}
	for _, name := range f.Foreign(kinds[0]) {
		b.fail(path, "%s does not belong to %s", name, kinds[0])
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
		return refusalOf(f.Refuse)
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

func (b *scriptBuilder) say(path string, f *scriptfile.Step) Step {
	say := Say{Text: *f.Say, Audio: b.sound(path+".wav", f.WAV)}
	if f.Tone != nil {
		if f.WAV != "" {
			b.fail(path, "say has either a wav or a tone")
		}
		say.Audio = Tone(time.Duration(*f.Tone))
	}
	return say
}

// arguments returns the arguments of a call, which are a JSON object or any text.
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

func refusalOf(f *scriptfile.Error) Refuse {
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
