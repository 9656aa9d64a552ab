package load

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/internal/specdoc"
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
			s.Types = nil
			return at.Errorf("there is no type %q: any value is accepted", name.Value)
		}
	}
	if slices.Contains(s.Types, "number") {
		s.Types = slices.DeleteFunc(s.Types, func(t string) bool { return t == "integer" })
	}
	return nil
}

func readEnum(_ *Document, s *Schema, n *yaml.Node, at Position) error {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return at.Errorf("must be a list of values")
	}
	for _, e := range n.Content {
		if alias(e).Kind != yaml.ScalarNode {
			s.Enum = nil
			return at.Errorf("is not enforced: only scalars can be known values")
		}
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
	if n.Kind != yaml.MappingNode {
		return at.Errorf("must be a schema, true or false")
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
		return at.Errorf("oneOf and anyOf in one schema: only the first one is used")
	}
	if err := subschemas(func(s *Schema) *[]*Schema { return &s.OneOf })(d, s, n, at); err != nil {
		return err
	}
	s.OneOf = slices.DeleteFunc(s.OneOf, func(arm *Schema) bool {
		isNull := arm.Null && arm.Types == nil && arm.Ref == "" && arm.OneOf == nil && arm.Enum == nil && arm.AllOf == nil && arm.Properties == nil
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
	if n.Kind == yaml.ScalarNode { // In AsyncAPI.
		s.Disc = &Discriminator{Property: n.Value, Mapping: map[string]string{}}
		return nil
	}
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
		return at.Errorf("is not enforced, since Go cannot match this pattern: %v", err)
	}
	s.Pattern = n.Value
	return nil
}

// fernLiteral matches the constant of an extension that documents for the Fern generator
// have in place of const: literal<"pong">.
var fernLiteral = regexp.MustCompile(`^literal<"([^"]*)">$`)

func readFern(_ *Document, s *Schema, n *yaml.Node, _ Position) error {
	if m := fernLiteral.FindStringSubmatch(n.Value); m != nil && s.Const == nil {
		s.Const = &Value{Text: m[1], Kind: "string", Quoted: Quote(m[1])}
	}
	return nil
}

// readPatterned reads patternProperties. Objects without other members become a map.
func readPatterned(d *Document, s *Schema, n *yaml.Node, at Position) error {
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		return at.Errorf("has no effect: members of several patterns are kept in Extra")
	}
	s.Patterned = &Schema{}
	return d.schema(n.Content[1], at.Pointer+"/"+escape(n.Content[0].Value), s.Patterned)
}

// readRecursive reads $recursiveRef or $dynamicRef as a reference to the schema around
// it with the anchor, or else to the component around it.
func readRecursive(d *Document, s *Schema, n *yaml.Node, at Position) error {
	anchor, value := "$recursiveAnchor", "true"
	if strings.HasSuffix(at.Pointer, "/$dynamicRef") {
		anchor, value = "$dynamicAnchor", strings.TrimPrefix(n.Value, "#")
	}
	if strings.HasPrefix(n.Value, "#/") {
		s.Ref = n.Value
		return nil
	}
	rest, ok := strings.CutPrefix(at.Pointer, Schemas)
	if !ok || !strings.HasPrefix(n.Value, "#") {
		return at.Errorf("reference %q has no target: any value is accepted", n.Value)
	}
	name, rest, _ := strings.Cut(rest, "/")
	s.Ref = Schemas + name
	for pointer := s.Ref; ; {
		if a := member(specdoc.At(d.Root, pointer), anchor); a != nil && a.Value == value {
			s.Ref = pointer
			return nil
		}
		segment, more, found := strings.Cut(rest, "/")
		if !found {
			return nil
		}
		pointer, rest = pointer+"/"+segment, more
	}
}
