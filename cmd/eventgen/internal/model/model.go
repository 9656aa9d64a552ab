// Package model turns schemas into the shape of the Go package to generate.
//
// Every decision that depends on the document is made here: names, which Go type
// stands for which schema, how the arms of a union are told apart, which bounds
// are checked. What follows only prints.
package model

import (
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
	Groups  []*Group
	// Collections are the slice and map types, each once, with a name by which the
	// function that reads them is called.
	Collections []*Type
	// Accessors are the functions that take a union's value and need no type switch:
	// first those of what the variants have in common, then those of the protocols.
	Accessors, Protocols []*Accessor
	Replies              []*Replies
	Operations           []Operation
}

// Constructors lists the constructors of all structs.
func (p *Package) Constructors() []*Constructor {
	var out []*Constructor
	for _, s := range p.Structs {
		out = append(out, s.Constructors...)
	}
	return out
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

// String is the kind's name, by which the templates find how to print it.
func (k Kind) String() string {
	return [...]string{
		"", "String", "Bool", "Int", "Int64", "Float", "Bytes", "Raw", "Struct", "Union", "Slice", "Map", "Nullable",
	}[k]
}

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

// IsNullable reports whether the type is that of an element that can be null.
func (t *Type) IsNullable() bool { return t.Kind == NullableKind }

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

// Group is the structs that share their files.
type Group struct {
	Name    string // with which the files' names begin
	Structs []*Struct
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
	Name    string
	Wire    string
	Literal string // in Go
}

// Constants are the known values of a text. As variants of a union they take no
// memory.
func (n *Named) Constants() []Value {
	if n.Type.JSONKind() != "String" {
		return nil
	}
	return n.Values
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

	HasChecks bool
	Position  load.Position
}

// Key is the member that tells what a value is.
func (u *Union) Key() string {
	if len(u.Keys) == 0 {
		return "type"
	}
	return u.Keys[0]
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
