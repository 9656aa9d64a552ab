package importer

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const schemas = "#/components/schemas/"

// emitter writes upstream schemas in the notation of our spec: constants as const, null
// in a type list or an anyOf, and components for arms, enumerations and objects.
type emitter struct {
	up    *yaml.Node
	names func(upstream string) []string          // Our components for an upstream one.
	same  func(ours string, values []string) bool // Whether our component lists these values.

	created []component // The new components, in order.
	prefer  string      // The name of the next component.
	within  string      // Our component that is being written.
}

// component is a new component schema.
type component struct {
	name, upstream string
	after          string // Our component that refers to it.
	lines          []string
}

// shape is a schema without its notation.
type shape struct {
	node *yaml.Node // The schema without references, single arms and nulls.
	name string     // Its upstream component, or "".
	null bool
	arms []*yaml.Node // The arms of a union.
	open []string     // The known values of an open string.
}

func (e *emitter) resolve(ref string) (*yaml.Node, error) {
	t := text{root: e.up}
	found, err := t.find(ref)
	return found.value, err
}

// look returns the shape of a schema.
func (e *emitter) look(n *yaml.Node) (shape, error) {
	s := shape{node: n}
	for range 32 {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		s.node = n
		if ref := child(n, "$ref").value; ref != nil {
			target, err := e.resolve(ref.Value)
			if err != nil {
				return s, err
			}
			s.name, n = "", target
			if name, ok := strings.CutPrefix(ref.Value, schemas); ok && !strings.Contains(name, "/") {
				s.name = name
			}
			continue
		}
		s.null = s.null || nullable(n)
		arms := armsOf(n)
		switch {
		case len(arms) == 1:
			s.name, n = "", arms[0]
			continue
		case len(arms) > 1:
			s.arms = arms
			return s, e.openEnum(&s)
		}
		if all := child(n, "allOf").value; all != nil && len(all.Content) == 1 {
			s.name, n = "", all.Content[0]
			continue
		}
		return s, nil
	}
	return s, fmt.Errorf("line %d: a reference refers to itself", n.Line)
}

// openEnum replaces a union of strings by a string with known values.
func (e *emitter) openEnum(s *shape) error {
	var known []string
	for _, arm := range s.arms {
		a, err := e.look(arm)
		if err != nil {
			return err
		}
		if a.arms != nil || typeOf(a.node) != "string" {
			return nil
		}
		known = append(known, constants(a.node)...)
		known = append(known, values(child(a.node, "x-known-values").value)...)
		known = append(known, a.open...)
	}
	if known != nil {
		s.arms, s.open = nil, known
	}
	return nil
}

// known returns the allowed and known strings of a schema in the order of the document.
func (e *emitter) known(n *yaml.Node) ([]string, error) {
	s, err := e.look(n)
	if err != nil {
		return nil, err
	}
	list := append(append([]string(nil), s.open...), constants(s.node)...)
	if s.open == nil {
		list = append(list, values(child(s.node, "x-known-values").value)...)
	}
	for _, arm := range s.arms {
		more, err := e.known(arm)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// isNull reports whether a schema allows only null.
func isNull(n *yaml.Node) bool {
	t := child(n, "type").value
	return t != nil && t.Value == "null"
}

// armsOf returns the arms of a union without null.
func armsOf(n *yaml.Node) []*yaml.Node {
	var arms []*yaml.Node
	for _, key := range []string{"anyOf", "oneOf"} {
		if list := child(n, key).value; list != nil {
			for _, a := range list.Content {
				if !isNull(a) {
					arms = append(arms, a)
				}
			}
			return arms
		}
	}
	return arms
}

func nullable(n *yaml.Node) bool {
	if v := child(n, "nullable").value; v != nil && v.Value == "true" {
		return true
	}
	if slices.Contains(values(child(n, "type").value), "null") {
		return true
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if list := child(n, key).value; list != nil && len(armsOf(n)) < len(list.Content) {
			return true
		}
	}
	return false
}

// typeOf returns the JSON type of a schema, from type or its other keywords, or "".
func typeOf(n *yaml.Node) string {
	if t := child(n, "type").value; t != nil {
		if t.Kind == yaml.ScalarNode {
			return t.Value
		}
		for _, v := range values(t) {
			if v != "null" {
				return v
			}
		}
	}
	switch {
	case child(n, "properties").value != nil, child(n, "additionalProperties").value != nil:
		return "object"
	case child(n, "items").value != nil:
		return "array"
	case len(constants(n)) > 0:
		return "string"
	}
	return ""
}

// constants returns the values that a schema allows.
func constants(n *yaml.Node) []string {
	if c := child(n, "const").value; c != nil {
		return []string{c.Value}
	}
	var list []string
	for _, v := range values(child(n, "enum").value) {
		if v != "null" {
			list = append(list, v)
		}
	}
	return list
}

// labelOf returns the constant type of an object schema, or "".
func labelOf(n *yaml.Node) string {
	t := child(child(n, "properties").value, "type").value
	if c := constants(t); len(c) == 1 {
		return c[0]
	}
	return ""
}

// literal returns a constant, quoted if its type is string.
func literal(n *yaml.Node, value string) string {
	if typeOf(n) == "string" {
		return plain(value)
	}
	return value
}

// scalars returns the lines of keywords with scalar values, such as bounds.
func scalars(n *yaml.Node) []string {
	var lines []string
	for _, key := range []string{
		"contentEncoding", "format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
		"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems", "default", "deprecated",
	} {
		if v := child(n, key).value; v != nil && v.Kind == yaml.ScalarNode {
			value := v.Value
			if v.ShortTag() == "!!str" {
				value = plain(value)
			}
			lines = append(lines, key+": "+value)
		}
	}
	return lines
}
