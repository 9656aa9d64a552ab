// Package model turns schemas into the shape of the Go package to generate.
//
// Every decision that depends on the document is made here: names, which Go type
// stands for which schema, how the arms of a union are told apart, which bounds
// are checked. What follows only prints.
package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// Package is everything that is generated from one document.
type Package struct {
	Source  string // the names of the documents, for the header
	Intro   string // more for the comment of the package, in Go's notation
	Structs []*Struct
	Named   []*Named
	Unions  []*Union
	// Accessors are the functions that take a union's value and need no type switch:
	// first those of what the variants have in common, then those of the protocols.
	Accessors, Protocols []*Accessor
	Replies              []*Replies
	Operations           []Operation
}

// Kind is the JSON and Go nature of a type.
type Kind int

// The kinds of types.
const (
	String Kind = iota + 1
	Bool
	Int
	Int64
	Float
	Bytes // base64 on the wire
	Raw   // any JSON, kept as it is
	StructKind
	UnionKind
	Slice
	Map
	NullableKind // an element that can be null
)

// Type is the Go type of a value. Name is set for types that are declared in
// the package: structs, unions, and scalars, slices or maps with a name.
type Type struct {
	Kind   Kind
	Name   string
	Elem   *Type // of a slice, a map, or an element that can be null
	Struct *Struct
	Union  *Union
	Checks Checks // of a named type, and of elements
}

// Go is the type as it is written in Go.
func (t *Type) Go() string {
	if t.Name != "" {
		return t.Name
	}
	return t.Base()
}

// Base is the type without its name.
func (t *Type) Base() string {
	switch t.Kind {
	case String:
		return "string"
	case Bool:
		return "bool"
	case Int:
		return "int"
	case Int64:
		return "int64"
	case Float:
		return "float64"
	case Bytes:
		return "[]byte"
	case Raw:
		return "json.RawMessage"
	case Slice:
		return "[]" + t.Elem.Go()
	case Map:
		return "map[string]" + t.Elem.Go()
	case NullableKind:
		return "Nullable[" + t.Elem.Go() + "]"
	default:
		return t.Name
	}
}

// IsSlice reports whether the type is a slice of elements.
func (t *Type) IsSlice() bool { return t.Kind == Slice }

// JSONKind is the kind of JSON value that the type is written as.
func (t *Type) JSONKind() string {
	switch t.Kind {
	case String:
		return "String"
	case Bool:
		return "Bool"
	case Int, Int64, Float:
		return "Number"
	case Slice:
		return "Array"
	default:
		return "Object"
	}
}

// NilIsAbsent reports whether the Go type has a nil that means "absent".
func (t *Type) NilIsAbsent() bool {
	switch t.Kind {
	case Bytes, Raw, UnionKind, Slice, Map:
		return true
	default:
		return false
	}
}

// Checks are the bounds that the document states for a value.
type Checks struct {
	Min, Max         *float64
	MinOpen, MaxOpen bool // the bound itself is outside
	MinLen, MaxLen   *int // characters, items or members
	KeyMaxLen        *int
	Pattern          string
}

// Any reports whether there is anything to check.
func (c Checks) Any() bool {
	return c.Min != nil || c.Max != nil || c.MinLen != nil || c.MaxLen != nil || c.KeyMaxLen != nil || c.Pattern != ""
}

// Struct is a Go struct for an object schema.
type Struct struct {
	Name         string
	Doc          string
	Fields       []*Field
	Unions       []*Union // that it is an arm of
	EventType    string   // the wire name, for an arm of an event union
	Aliases      []string
	RequireOneOf []*Field
	Constructors []*Constructor
	HasChecks    bool // Validate has something to do
	NeedsIsZero  bool // it stands as a required value in another struct
	ReadOnly     bool // the server alone makes it
	Position     load.Position
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

// Flat reports whether the struct is a piece of audio or the like: bytes, and
// besides them constants and strings alone.
func (s *Struct) Flat() bool {
	audio := false
	for _, f := range s.Fields {
		switch {
		case f.Const != nil:
		case f.Nullable:
			return false
		case f.Type.Kind == Bytes && f.Required:
			audio = true
		case f.Type.Kind != String || !f.Pointer():
			return false
		}
	}
	return audio && s.BeginsConst()
}

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

// Field is one member of a struct. Constant members have no Go field; they are
// written always.
type Field struct {
	Name     string
	Wire     string
	Index    int // from 1, in the order of the schema
	Doc      string
	Type     *Type
	Required bool
	Nullable bool
	Boxed    bool        // a struct that can hold itself: Nullable has a pointer
	IsType   bool        // the name of the event
	ReadOnly bool        // the server alone writes it
	Const    *load.Value // a required constant
	Duration string      // a method that gives a number of milliseconds as a duration
	Checks   Checks

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

// Named is a declared type that is neither a struct nor a union: a string with
// known values, or the scalar, slice or map arm of a union.
type Named struct {
	Type   *Type
	Doc    string
	Values []Value
	Unions []*Union
}

// Value is a known value of a type.
type Value struct {
	Name   string
	Wire   string
	Quoted string // as JSON
}

// Union is a sealed interface.
type Union struct {
	Name  string
	Doc   string
	Event bool
	Null  bool
	Keys  []string // members that tell object arms apart; none when there is one object arm
	Arms  []*Arm
	Open  *Struct // the arm without the first key, for objects without it; or nil

	HasChecks  bool
	HasEventID bool
	Position   load.Position
}

// Variants names the variants for the union's documentation.
func (u *Union) Variants() string {
	var names []string
	for _, a := range u.Arms {
		if a.Struct != nil {
			names = append(names, "[*"+a.Struct.Name+"]")
		} else {
			names = append(names, "["+a.Named.Type.Name+"]")
		}
	}
	if u.Null {
		names = append(names, "[Null]")
	}
	return "Variants: " + strings.Join(append(names, "[*"+u.Unknown()+"]"), ", ") + "."
}

// Reusable lists the events that carry bytes, whose memory a decoder can use
// again.
func (u *Union) Reusable() []*Struct {
	var out []*Struct
	for _, a := range u.Arms {
		if u.Event && a.Struct.BytesField() != nil {
			out = append(out, a.Struct)
		}
	}
	return out
}

// HasAliases reports whether an event of the union has older names.
func (u *Union) HasAliases() bool {
	return slices.ContainsFunc(u.Arms, func(a *Arm) bool { return len(a.Aliases) > 0 })
}

// OpenToAll reports whether the open arm is for objects with an unknown value of
// the first key too: its struct has a field for the value.
func (u *Union) OpenToAll() bool { return u.Open != nil && u.Open.field(u.Keys[0]) != nil }

// Doubles are the values of the first key that need the second one.
func (u *Union) Doubles() []string {
	var out []string
	for _, a := range u.Arms {
		if len(a.Values) == 2 && !slices.Contains(out, a.Values[0]) {
			out = append(out, a.Values[0])
		}
	}
	return out
}

// Arm is one variant of a union: a struct, or a named type.
type Arm struct {
	Struct  *Struct
	Named   *Named
	Values  []string // of the keys, in their order; empty for the only object arm and the open one
	Aliases []string // of the first key
}

// JSONKind is the kind of JSON value that the arm is written as.
func (a *Arm) JSONKind() string {
	if a.Named != nil {
		return a.Named.Type.JSONKind()
	}
	return "Object"
}

// Unknown is the name of the variant that keeps what no arm describes.
func (u *Union) Unknown() string { return "Unknown" + u.Name }

// Constructor is a function that builds a struct.
type Constructor struct {
	Name   string
	Doc    string
	Params []Param
	Struct *Struct
	Lines  []string // the composite literal
}

// Param is a parameter of a constructor.
type Param struct {
	Name string
	Type string
}
