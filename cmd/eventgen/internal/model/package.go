package model

import (
	"math"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// Package is the Go package that is generated from a document.
type Package struct {
	Source  string // The names of the documents, for the header.
	Times   bool   // Members of format date-time are times.
	Intro   string // An addition to the comment of the package, in Go's notation.
	Structs []*Struct
	Named   []*Named
	Unions  []*Union
	Groups  []*Group
	// Collections are the slice and map types, each once. The name is part of the name
	// of the function that reads them.
	Collections []*Type
	// Accessors are the functions over a union's value: those for members that the
	// variants share, and those of the protocols.
	Accessors, Protocols []*Accessor
	Replies              []*Replies
	Operations           []Operation
}

// Group is a group of structs that share files.
type Group struct {
	Name    string // The prefix of the files' names.
	Structs []*Struct
}

// Kind is the kind of a type in JSON and Go.
type Kind int

// The kinds of types.
const (
	String Kind = iota + 1
	Bool
	Int
	Int64
	Float
	Bytes // Base64 on the wire.
	Raw   // Any JSON, kept unchanged.
	StructKind
	UnionKind
	Slice
	Map
	NullableKind // An element that can be null.
	Time         // A date-time, if that was asked for.
)

// Type is the Go type of a value. Name is set for types that the package declares:
// structs, unions, and named scalars, slices and maps.
type Type struct {
	Kind   Kind
	Name   string
	Elem   *Type // Of a slice, a map, or a nullable element.
	Struct *Struct
	Union  *Union
	Checks Checks // Of a named type, and of elements.
	Closed bool   // The document allows no other than the known values.
}

// Checks are the bounds that the document states for a value.
type Checks struct {
	Min, Max         *float64
	MinOpen, MaxOpen bool // The bound is exclusive.
	MinLen, MaxLen   *int // Characters, items or members.
	KeyMaxLen        *int
	Pattern          string
}

// fits32 reports whether the bounds keep a whole number within 32 bits.
func (c Checks) fits32() bool {
	return c.Min != nil && *c.Min >= math.MinInt32 && c.Max != nil && *c.Max <= math.MaxInt32
}

// Named is a declared type other than a struct or a union: a string with known values,
// or the scalar, slice or map arm of a union.
type Named struct {
	Type   *Type
	Doc    string
	Values []Value
	Unions []*Union

	position load.Position
}

// Value is a known value of a type.
type Value struct {
	Name    string
	Wire    string
	Literal string // As a Go literal.
}

// Struct is a Go struct for an object schema.
type Struct struct {
	Name         string
	Doc          string
	Fields       []*Field
	Unions       []*Union // The unions that it is an arm of.
	EventType    string   // The wire name of an event, or "".
	Aliases      []string
	RequireOneOf []*Field
	Constructors []*Constructor
	HasChecks    bool // Validate has bounds to check.
	NeedsIsZero  bool // It is a required member of another struct.
	ReadOnly     bool // Only the server makes it.
	HasSecret    bool // A member is one.
	HoldsSecret  bool // So is a member of a value within it, or of its own.
	Position     load.Position
}

// Piece is a part of a JSON object: text and the member after it. The last piece has no
// member.
type Piece struct {
	Text  string
	Field *Field
}

// Field is a member of a struct. Constant members have no Go field and are always
// written.
type Field struct {
	Name       string
	Wire       string
	Index      int // From 1, in the order of the schema.
	Doc        string
	Type       *Type
	Required   bool
	Nullable   bool
	Boxed      bool        // The struct can contain itself: the Nullable holds a pointer.
	EventTypes []string    // For an event's type: its name, then older ones.
	ReadOnly   bool        // Only the server writes it.
	Secret     bool        // No print of the struct shows it.
	Unshared   bool        // The string differs in every message.
	Const      *load.Value // The value of a required constant.
	Duration   string      // The method that returns milliseconds as a duration, or "".
	Checks     Checks

	only   *load.Value  // The only value that the schema allows, required or not.
	closed []load.Value // All values that the schema allows, but null.
}

// Union is a sealed interface.
type Union struct {
	Name  string
	Doc   string
	Event bool
	Null  bool
	Keys  []string // The members that tell object arms apart; empty for one object arm.
	Arms  []*Arm
	Open  *Struct // The arm for objects without the first key, or nil.

	OpenToAll bool // The open arm is also for objects with an unknown value of the first key.
	Literal   bool // The first key is a number or a boolean.
	HasChecks bool
	Position  load.Position

	unknown string // The name of the unknown variant.
	decode  string // The name of the function that decodes a value.
}

// Arm is one variant of a union: a struct, or a named type.
type Arm struct {
	Struct  *Struct
	Named   *Named
	Values  []string // The values of the keys; empty for the only object arm and the open one.
	Aliases []string // Older values of the first key.
	// Blurred is set if some or all values of the arm arrive as the unknown variant,
	// since other arms have the same form.
	Blurred bool

	more      []string     // Further values of the first key.
	mapped    []load.Value // The values that the discriminator gives to the arm.
	pointer   string       // Of its schema.
	component string       // The name of its schema.
}

// Switch chooses among the object variants of a union by the value of a member.
type Switch struct {
	Key     string
	Literal bool // The member is a number or a boolean.
	Cases   []*Choice
}

// Choice is the choice for some values of a member: a variant, or a switch by another
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
	Lines  []string // The composite literal.
}

// Param is a parameter of a constructor.
type Param struct {
	Name string
	Type string
}

// Accessor is a generated function with a type switch over a union's value.
type Accessor struct {
	Name    string
	Doc     string
	Union   *Union
	Params  string // Further parameters.
	Results string // The result list.
	Cases   []*Case
	Default string // The return statement for all other values.
}

// Case is a case of an accessor's type switch.
type Case struct {
	Types []string // The types of the case.
	Body  []string // Its statements.
}

// Replies is a variable with the types of the events that answer an event.
type Replies struct {
	Var   string
	Names []string
}

// Operation is a REST operation.
type Operation struct {
	Method string
	Path   string // As in the document, with parameters in braces.
	ID     string
}
