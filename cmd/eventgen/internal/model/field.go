package model

import (
	"fmt"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// Field is one member of a struct. Constant members have no Go field; they are
// written always.
type Field struct {
	Name       string
	Wire       string
	Index      int // from 1, in the order of the schema
	Doc        string
	Type       *Type
	Required   bool
	Nullable   bool
	Boxed      bool        // a struct that can hold itself: Nullable has a pointer
	EventTypes []string    // of the member that names an event: its name, then older ones
	ReadOnly   bool        // the server alone writes it
	Unshared   bool        // a text that is another in every message
	Const      *load.Value // a required constant
	Duration   string      // a method that gives a number of milliseconds as a duration
	Checks     Checks

	only *load.Value // the only value that the schema allows, required or not
}

// GoType is the field's type in the struct.
func (f *Field) GoType() string {
	switch {
	case f.Nullable:
		return "Nullable[" + f.Held() + "]"
	case f.Required || f.Type.NilIsAbsent():
		return f.Type.Go()
	}
	return "*" + f.Type.Go()
}

// Held is the type that a nullable field holds.
func (f *Field) Held() string {
	if f.Boxed {
		return "*" + f.Type.Go()
	}
	return f.Type.Go()
}

// Pointer reports whether the field is a pointer to its type.
func (f *Field) Pointer() bool {
	return !f.Nullable && !f.Required && !f.Type.NilIsAbsent()
}

// Form says how the field is read: the templates have one way for each form.
func (f *Field) Form() string {
	switch {
	case f.EventTypes != nil:
		return "type"
	case f.Const != nil:
		return "constant"
	case f.Boxed:
		return "boxed"
	case f.Nullable:
		return "nullable"
	case f.Pointer() && f.Type.Kind == StructKind:
		return "optional struct"
	case f.Pointer() && f.Type.Kind == String:
		return "optional text"
	case f.Pointer():
		return "optional"
	case f.Type.Kind == StructKind:
		return "struct"
	case f.Type.Kind == UnionKind:
		return "union"
	case f.Unshared:
		return "unshared"
	}
	return "value"
}

// First reports whether the member comes first, behind the opening brace.
func (f *Field) First() bool { return f.Index == 1 }

// Quoted is the member's name as JSON.
func (f *Field) Quoted() string { return load.Quote(f.Wire) }

// IsSet is the condition that the optional field of x has a value.
func (f *Field) IsSet() string {
	if f.Nullable {
		return "!x." + f.Name + ".IsZero()"
	}
	return "x." + f.Name + " != nil"
}

// IsZero is the condition that the field of x is zero.
func (f *Field) IsZero() string {
	v := "x." + f.Name
	switch {
	case f.Nullable:
		return v + ".IsZero()"
	case f.Pointer() || f.Type.NilIsAbsent():
		return v + " == nil"
	}
	switch f.Type.Kind {
	case String:
		return v + ` == ""`
	case Bool:
		return "!" + v
	case StructKind:
		return v + ".isZero()"
	default:
		return v + " == 0"
	}
}

// zeroValue is the field's value when it is absent.
func (f *Field) zeroValue() string {
	switch {
	case f.Nullable:
		return "Nullable[" + f.Held() + "]{}"
	case f.Pointer() || f.Type.NilIsAbsent():
		return "nil"
	}
	switch f.Type.Kind {
	case String:
		return `""`
	case Bool:
		return "false"
	case StructKind:
		return f.Type.Go() + "{}"
	default:
		return "0"
	}
}

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

// Piece is text of a JSON object and the member behind it. The last piece has no
// member.
type Piece struct {
	Text  string
	Field *Field
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
