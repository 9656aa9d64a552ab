package load

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// Schema is one schema object. Fields are zero where the keyword is absent.
type Schema struct {
	Position

	Name        string // The name of the component, or "" for an inline schema.
	Ref         string
	Title       string
	Description string
	Hint        string // A name for the Go type of a schema that the model makes.
	Deprecated  bool
	ReadOnly    bool // Only the server writes it.
	Secret      bool // No print of the struct shows it.
	Default     *Value

	Types           []string // Without "null".
	Null            bool     // Null is an allowed value.
	Nullable        bool     // The keyword nullable is true.
	Const           *Value
	Enum            []Value
	Format          string
	ContentEncoding string
	Pattern         string

	Properties []Property
	Required   []string
	Items      *Schema
	Additional *Schema   // additionalProperties, if it is a schema.
	Patterned  *Schema   // patternProperties, if there is one pattern.
	Closed     bool      // additionalProperties is false.
	OneOf      []*Schema // The arms of oneOf or anyOf.
	Overlap    bool      // The arms are those of anyOf.
	AllOf      []*Schema
	Disc       *Discriminator
	Base       bool // It is taken as a plain object, not as the union of what extends it.

	Minimum, Maximum       *float64
	ExclusiveMinimum       *float64
	ExclusiveMaximum       *float64
	MinLength, MaxLength   *int
	MinItems, MaxItems     *int
	MinProps, MaxProps     *int
	PropertyNamesMaxLength *int

	// The keywords of the generator; see the package documentation of eventgen.
	GoName       string
	GoPrefix     *string
	EventUnion   bool
	Aliases      []string
	Known        []string
	RequireOneOf []string
	Constructors []Constructor

	exclusiveMin bool // OpenAPI 3.0: exclusiveMinimum is true, so minimum is exclusive.
	exclusiveMax bool
	faults       []*Error // The warnings about the schema and those inside it.
	told         bool     // The warnings are recorded.
}

// Property is a member of an object schema.
type Property struct {
	Name   string
	Schema *Schema
}

// Discriminator is the discriminator of a union.
type Discriminator struct {
	Property string
	Mapping  map[string]string // References by wire value.
}

// Value is a scalar in the document.
type Value struct {
	Text   string
	Kind   string // "string", "integer", "number", "boolean" or "null".
	Quoted string // As JSON.
	Name   string // A name that the document gives to it, or "".
}

// Named returns the value with a name.
func (v Value) Named(name string) Value {
	v.Name = name
	return v
}

// Constructor describes a Go function that builds a value of the schema.
type Constructor struct {
	Position

	Name        string
	Description string
	Params      []string
	Value       *yaml.Node
}

// Derive gives a schema that is made of another one a pointer of its own. Messages keep
// the pointer in the document.
func (s *Schema) Derive(suffix string) {
	if s.Written == "" {
		s.Written = s.Pointer
	}
	s.Pointer += suffix
}

// IsRequired reports whether the member called name is required.
func (s *Schema) IsRequired(name string) bool {
	return slices.Contains(s.Required, name)
}

// Scalar returns a scalar node as a value.
func Scalar(n *yaml.Node) Value {
	kind := map[string]string{"!!int": "integer", "!!float": "number", "!!bool": "boolean", "!!null": "null"}[n.ShortTag()]
	if kind == "" {
		return Value{Text: n.Value, Kind: "string", Quoted: Quote(n.Value)}
	}
	// YAML allows 0x10, True and ~ for JSON's 16, true and null.
	var v any
	if err := n.Decode(&v); err != nil {
		v = n.Value
	}
	text, err := json.Marshal(v)
	if err != nil { // .inf or .nan, which have no JSON form.
		text = []byte(n.Value)
	}
	return Value{Text: string(text), Kind: kind, Quoted: string(text)}
}

// Quote returns a string as JSON.
func Quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return strconv.Quote(s) // Unreachable: every string has a JSON form.
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Position is the position of a value in a specification.
type Position = specdoc.Position

// Error is an error in the specification. Its text starts with file, line and pointer.
type Error = specdoc.Error
