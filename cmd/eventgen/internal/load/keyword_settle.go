package load

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// settle replaces notations of s by simpler ones once all keywords are read, and drops
// keywords that exclude each other, since the Go type can represent only one of them. n
// is the mapping of s.
func (d *Document) settle(s *Schema, n *yaml.Node) {
	if s.exclusiveMin && s.Minimum != nil {
		s.ExclusiveMinimum, s.Minimum = s.Minimum, nil
	}
	if s.exclusiveMax && s.Maximum != nil {
		s.ExclusiveMaximum, s.Maximum = s.Maximum, nil
	}
	if s.Patterned != nil && s.Properties == nil && s.Additional == nil {
		s.Additional = s.Patterned
	}
	if s.Ref != "" {
		d.beside(s, n)
		return
	}
	if len(s.Types) > 1 {
		s.split()
	}
	if s.Types == nil {
		return
	}
	drop := func(what string) {
		d.fault(s.Position, what+" beside type "+s.Types[0]+" has no effect: remove it, or change the type")
	}
	if s.Types[0] != "object" && (s.Properties != nil || s.Additional != nil) {
		s.Properties, s.Additional, s.Required = nil, nil, nil
		drop("members")
	}
	if s.Types[0] != "array" && s.Items != nil {
		s.Items = nil
		drop("items")
	}
}

// bounds are the keywords that narrow a value, and have no effect beside $ref.
var bounds = []string{
	"format", "contentEncoding", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength",
	"minItems", "maxItems", "minProperties", "maxProperties", "items", "propertyNames", "x-known-values", "x-require-one-of", "x-event-aliases",
}

// beside reads the keywords beside a reference. Those that shape the value make an allOf
// of the reference and the rest; bounds have no effect.
func (d *Document) beside(s *Schema, n *yaml.Node) {
	if s.Properties != nil || s.AllOf != nil || s.OneOf != nil || s.Required != nil || s.Const != nil || s.Enum != nil || s.Additional != nil {
		ref := &Schema{Position: s.Position, Ref: s.Ref}
		ref.Derive("/$ref")
		s.Ref, s.AllOf = "", append([]*Schema{ref}, s.AllOf...)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if slices.Contains(bounds, key) {
			d.fault(s.Position, key+" beside $ref is not enforced: state it in the target")
		}
	}
}

// split replaces several types by a union with an arm for each.
func (s *Schema) split() {
	types := s.Types
	s.Types = nil
	if s.OneOf != nil || s.AllOf != nil {
		return // Their arms have types of their own.
	}
	for i, t := range types {
		arm := *s
		arm.Types, arm.Null, arm.Name, arm.GoName, arm.Description = []string{t}, false, "", "", ""
		arm.Derive("/type/" + strconv.Itoa(i))
		arm.Enum = slices.DeleteFunc(slices.Clone(s.Enum), func(v Value) bool { return v.Kind != t && (v.Kind != "integer" || t != "number") })
		arm.Const, arm.Default, arm.OneOf = nil, nil, nil
		if t != "object" {
			arm.Properties, arm.Additional, arm.Required = nil, nil, nil
		}
		if t != "array" {
			arm.Items = nil
		}
		s.OneOf = append(s.OneOf, &arm)
	}
	s.Properties, s.Additional, s.Required, s.Items, s.Enum = nil, nil, nil, nil, nil
}
