package model

import (
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

// Group is the structs that share their files.
type Group struct {
	Name    string // with which the files' names begin
	Structs []*Struct
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

// Checks are the bounds that the document states for a value.
type Checks struct {
	Min, Max         *float64
	MinOpen, MaxOpen bool // the bound itself is outside
	MinLen, MaxLen   *int // characters, items or members
	KeyMaxLen        *int
	Pattern          string
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
	Name    string
	Wire    string
	Literal string // in Go
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

// Piece is text of a JSON object and the member behind it. The last piece has no
// member.
type Piece struct {
	Text  string
	Field *Field
}

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

// Arm is one variant of a union: a struct, or a named type.
type Arm struct {
	Struct  *Struct
	Named   *Named
	Values  []string // of the keys, in their order; empty for the only object arm and the open one
	Aliases []string // of the first key
}

// Switch chooses among the object variants of a union by the text of a member.
type Switch struct {
	Key   string
	Cases []*Choice
}

// Choice is what some values of a member choose: a variant, or a switch by another
// member.
type Choice struct {
	Values []string
	Struct *Struct
	Switch *Switch
}

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

// Accessor is a generated function that takes a value of a union and answers for
// whichever variant it is.
type Accessor struct {
	Name    string
	Doc     string
	Union   *Union
	Params  string // behind the union's value
	Results string // the result list
	Cases   []*Case
	Default string // what is returned for every other value
}

// Case is what an accessor does for some variants.
type Case struct {
	Types []string // as a type switch names them
	Body  []string // statements
}

// Replies is the list of the names of the events that answer an event.
type Replies struct {
	Var   string
	Names []string
}

// Operation is a REST operation.
type Operation struct {
	Method string
	Path   string // as the document writes it, with parameters in braces
	ID     string
}
