package model

import "fmt"

// EventTypes are the wire names of an event: the current one, then older ones. They
// are nil for any other struct.
func (s *Struct) EventTypes() []string {
	if s.EventType == "" {
		return nil
	}
	return append([]string{s.EventType}, s.Aliases...)
}

// Validates reports whether the struct has a Validate method: what has bounds, and
// every event.
func (s *Struct) Validates() bool { return s.HasChecks || s.EventType != "" }

// BytesField is the required member that holds bytes, or nil.
func (s *Struct) BytesField() *Field {
	for _, f := range s.Fields {
		if f.Required && f.Type.Kind == Bytes {
			return f
		}
	}
	return nil
}

// BeginsConst reports whether the first member is constant.
func (s *Struct) BeginsConst() bool { return len(s.Fields) > 0 && s.Fields[0].Const != nil }

// RequiredMask has a bit for each required member.
func (s *Struct) RequiredMask() string {
	var mask uint64
	for _, f := range s.Fields {
		if f.Required {
			mask |= 1 << (f.Index - 1)
		}
	}
	return fmt.Sprintf("%#x", mask)
}

// Flat lists the pieces of an object that is a piece of audio or the like: bytes,
// and besides them constants and optional strings alone. For any other object there
// are none. An optional member brings its name itself.
//
// An Encoder, which is a struct in memory, takes half as long again for a short
// piece of audio as appending such pieces.
func (s *Struct) Flat() []Piece {
	if s.BytesField() == nil || !s.BeginsConst() {
		return nil
	}
	var pieces []Piece
	text := "{"
	for _, f := range s.Fields {
		name := f.Quoted() + ":"
		if !f.First() {
			name = "," + name
		}
		switch {
		case f.Const != nil:
			text += name + f.Const.Quoted
			continue
		case f.Nullable:
			return nil
		case f.Type.Kind == Bytes && f.Required:
			text += name
		case f.Type.Kind != String || !f.Pointer():
			return nil
		}
		pieces = append(pieces, Piece{Text: text, Field: f})
		text = ""
	}
	return append(pieces, Piece{Text: text + "}"})
}

func (s *Struct) field(wire string) *Field {
	for _, f := range s.Fields {
		if f.Wire == wire {
			return f
		}
	}
	return nil
}

// constant is the value of a member that allows one string only.
func (s *Struct) constant(wire string) string {
	if f := s.field(wire); f != nil && f.only != nil && f.only.Kind == "string" {
		return f.only.Text
	}
	return ""
}
