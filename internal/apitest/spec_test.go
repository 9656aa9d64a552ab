package apitest

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// schema is the part of a JSON schema that the tests use.
type schema struct {
	Ref           string             `yaml:"$ref"`
	Type          kinds              `yaml:"type"`
	Const         any                `yaml:"const"`
	Enum          []any              `yaml:"enum"`
	Known         []any              `yaml:"x-known-values"`
	OneOf         []*schema          `yaml:"oneOf"`
	AnyOf         []*schema          `yaml:"anyOf"`
	Properties    map[string]*schema `yaml:"properties"`
	Required      []string           `yaml:"required"`
	RequireOneOf  []string           `yaml:"x-require-one-of"`
	Items         *schema            `yaml:"items"`
	Additional    additional         `yaml:"additionalProperties"`
	PropertyNames *schema            `yaml:"propertyNames"`
	Encoding      string             `yaml:"contentEncoding"`
	Pattern       string             `yaml:"pattern"`
	MinLength     *int               `yaml:"minLength"`
	MaxLength     *int               `yaml:"maxLength"`
	MinItems      *int               `yaml:"minItems"`
	MaxItems      *int               `yaml:"maxItems"`
	MaxProperties *int               `yaml:"maxProperties"`
	Minimum       *float64           `yaml:"minimum"`
	Maximum       *float64           `yaml:"maximum"`
	Aliases       []string           `yaml:"x-event-aliases"`

	name string // Name of the component, if s is one.
}

// kinds is the value of the keyword type: one name or a list of them.
type kinds []string

func (k *kinds) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*k = kinds{n.Value}
		return nil
	}
	return n.Decode((*[]string)(k))
}

// additional is the value of the keyword additionalProperties.
type additional struct {
	closed bool
	schema *schema
}

func (a *additional) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		a.closed = n.Value == "false"
		return nil
	}
	return n.Decode(&a.schema)
}

// arms returns the alternatives of a union, or nil.
func (s *schema) arms() []*schema { return slices.Concat(s.OneOf, s.AnyOf) }

// members returns the names of the properties in a fixed order.
func (s *schema) members() []string { return slices.Sorted(maps.Keys(s.Properties)) }

// document is the specification.
type document struct {
	Components struct {
		Schemas map[string]*schema `yaml:"schemas"`
	} `yaml:"components"`
}

// readSpec reads the specification.
func readSpec(tb testing.TB) *document {
	tb.Helper()
	spec, err := specdoc.Read("../../spec/asyncapi.yaml", os.ReadFile)
	require.NoError(tb, err)
	var doc document
	require.NoError(tb, spec.Root.Decode(&doc))
	require.NotEmpty(tb, doc.Components.Schemas)
	for name, s := range doc.Components.Schemas {
		s.name = name
	}
	return &doc
}

// component returns the schema of that name, or nil.
func (d *document) component(name string) *schema { return d.Components.Schemas[name] }

// deref follows references to the schema that they point to.
func (d *document) deref(s *schema) *schema {
	for s.Ref != "" {
		s = d.component(strings.TrimPrefix(s.Ref, "#/components/schemas/"))
	}
	return s
}

// event is one event of a union.
type event struct {
	name   string // On the wire.
	goType string
	schema *schema
}

// events returns the events of the union called name, each also under its aliases.
func (d *document) events(tb testing.TB, name string) []event {
	tb.Helper()
	union := d.component(name)
	require.NotNil(tb, union, name)
	var events []event
	for _, arm := range union.arms() {
		s := d.deref(arm)
		wire, ok := s.Properties["type"].Const.(string)
		require.True(tb, ok, s.name)
		for _, n := range append([]string{wire}, s.Aliases...) {
			events = append(events, event{name: n, goType: s.name, schema: s})
		}
	}
	require.NotEmpty(tb, events, name)
	return events
}
