package load

import (
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

func readType(_ *Document, s *Schema, n *yaml.Node, at Position) error {
	names := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		names = n.Content
	}
	for _, name := range names {
		switch name.Value {
		case "null":
			s.Null = true
		case "string", "integer", "number", "boolean", "array", "object":
			s.Types = append(s.Types, name.Value)
		default:
			return at.Errorf("unknown type %q", name.Value)
		}
	}
	if len(s.Types) > 1 {
		return at.Errorf("more than one type beside null: use a union with an arm for each")
	}
	return nil
}

func readEnum(_ *Document, s *Schema, n *yaml.Node, at Position) error {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return at.Errorf("must be a list of values")
	}
	for _, e := range n.Content {
		v := Scalar(alias(e))
		if v.Kind == "null" {
			s.Null = true
			continue
		}
		s.Enum = append(s.Enum, v)
	}
	return nil
}

func readProperties(d *Document, s *Schema, n *yaml.Node, at Position) error {
	if n.Kind != yaml.MappingNode {
		return at.Errorf("must be a mapping of schemas")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		sub := &Schema{}
		if err := d.schema(n.Content[i+1], at.Pointer+"/"+escape(name), sub); err != nil {
			return err
		}
		s.Properties = append(s.Properties, Property{Name: name, Schema: sub})
	}
	return nil
}

func readAdditional(d *Document, s *Schema, n *yaml.Node, at Position) error {
	if n.ShortTag() == "!!bool" {
		s.Closed = n.Value == "false"
		return nil
	}
	s.Additional = &Schema{}
	return d.schema(n, at.Pointer, s.Additional)
}

func readPropertyNames(d *Document, s *Schema, n *yaml.Node, at Position) error {
	names := &Schema{}
	if err := d.schema(n, at.Pointer, names); err != nil {
		return err
	}
	s.PropertyNamesMaxLength = names.MaxLength
	return nil
}

// readUnion reads oneOf and anyOf the same way: the arms of both are told apart by JSON
// kind and constant members, never by trial.
func readUnion(d *Document, s *Schema, n *yaml.Node, at Position) error {
	if s.OneOf != nil {
		return at.Errorf("oneOf and anyOf in one schema")
	}
	if err := subschemas(func(s *Schema) *[]*Schema { return &s.OneOf })(d, s, n, at); err != nil {
		return err
	}
	s.OneOf = slices.DeleteFunc(s.OneOf, func(arm *Schema) bool {
		isNull := arm.Null && arm.Types == nil && arm.Ref == "" && arm.OneOf == nil && arm.Enum == nil
		s.Null = s.Null || isNull
		return isNull
	})
	return nil
}

// readOverlap reads anyOf. A value may fit several arms, so one arm may lack the member
// that tells the others apart.
func readOverlap(d *Document, s *Schema, n *yaml.Node, at Position) error {
	s.Overlap = true
	return readUnion(d, s, n, at)
}

func readDiscriminator(d *Document, s *Schema, n *yaml.Node, at Position) error {
	property := member(n, "propertyName")
	if property == nil {
		return at.Errorf("has no propertyName")
	}
	s.Disc = &Discriminator{Property: property.Value, Mapping: map[string]string{}}
	mapping := member(n, "mapping")
	if mapping == nil {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		s.Disc.Mapping[mapping.Content[i].Value] = mapping.Content[i+1].Value
	}
	return nil
}

func readConstructors(d *Document, s *Schema, n *yaml.Node, at Position) error {
	for i, e := range n.Content {
		pos := d.Position(e, at.Pointer+"/"+strconv.Itoa(i))
		name := member(e, "name")
		description := member(e, "description")
		params := member(e, "params")
		value := member(e, "value")
		if name == nil || description == nil || params == nil || value == nil {
			return pos.Errorf("a constructor needs name, description, params and value")
		}
		c := Constructor{Position: pos, Name: name.Value, Description: description.Value, Value: value}
		for _, p := range params.Content {
			c.Params = append(c.Params, p.Value)
		}
		s.Constructors = append(s.Constructors, c)
	}
	return nil
}

func readPattern(_ *Document, s *Schema, n *yaml.Node, at Position) error {
	if _, err := regexp.Compile(n.Value); err != nil {
		return at.Errorf("Go cannot match this pattern: %v", err)
	}
	s.Pattern = n.Value
	return nil
}

// coherent returns an error for keywords that exclude each other, since the Go type can
// represent only one of them. n is the mapping of s.
func (s *Schema) coherent(n *yaml.Node) error {
	var kept, other string
	switch {
	case s.Ref != "":
		kept, other = "$ref", s.beside(n, "description", "deprecated", "default", "nullable", "type", "readOnly")
	case s.OneOf != nil && (s.Properties != nil || s.Items != nil || s.Additional != nil || s.AllOf != nil):
		kept, other = "a union", "members, items or allOf"
	case s.Types == nil:
	case s.Types[0] != "object" && (s.Properties != nil || s.Additional != nil):
		kept, other = "type "+s.Types[0], "members"
	case s.Types[0] != "array" && s.Items != nil:
		kept, other = "type "+s.Types[0], "items"
	}
	if other != "" {
		return s.Errorf("%s beside %s is not supported", other, kept)
	}
	return nil
}

// beside returns the first keyword of n that is neither an annotation, nor $ref, nor one
// of names, or "".
func (s *Schema) beside(n *yaml.Node, names ...string) string {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if key != "$ref" && !annotation(key) && !slices.Contains(names, key) {
			return key
		}
	}
	return ""
}
