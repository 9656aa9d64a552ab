package load

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readers returns the reader of a keyword that changes the generated code, or nil. It
// is a function, not a map, because some readers parse schemas, which use it.
func readers(keyword string) reader {
	switch keyword {
	case "$ref":
		return text(func(s *Schema) *string { return &s.Ref })
	case "description":
		return text(func(s *Schema) *string { return &s.Description })
	case "format":
		return text(func(s *Schema) *string { return &s.Format })
	case "contentEncoding":
		return text(func(s *Schema) *string { return &s.ContentEncoding })
	case "pattern":
		return readPattern
	case "x-go-name":
		return text(func(s *Schema) *string { return &s.GoName })
	case "x-go-prefix":
		return func(_ *Document, s *Schema, n *yaml.Node, _ Position) error {
			s.GoPrefix = new(n.Value)
			return nil
		}
	case "deprecated":
		return flag(func(s *Schema) *bool { return &s.Deprecated })
	case "nullable":
		return flag(func(s *Schema) *bool { return &s.Null })
	case "readOnly":
		return flag(func(s *Schema) *bool { return &s.ReadOnly })
	case "x-event-union":
		return flag(func(s *Schema) *bool { return &s.EventUnion })
	case "minimum":
		return float(func(s *Schema) **float64 { return &s.Minimum })
	case "maximum":
		return float(func(s *Schema) **float64 { return &s.Maximum })
	case "exclusiveMinimum":
		return float(func(s *Schema) **float64 { return &s.ExclusiveMinimum })
	case "exclusiveMaximum":
		return float(func(s *Schema) **float64 { return &s.ExclusiveMaximum })
	case "minLength":
		return count(func(s *Schema) **int { return &s.MinLength })
	case "maxLength":
		return count(func(s *Schema) **int { return &s.MaxLength })
	case "minItems":
		return count(func(s *Schema) **int { return &s.MinItems })
	case "maxItems":
		return count(func(s *Schema) **int { return &s.MaxItems })
	case "minProperties":
		return count(func(s *Schema) **int { return &s.MinProps })
	case "maxProperties":
		return count(func(s *Schema) **int { return &s.MaxProps })
	case "required":
		return list(func(s *Schema) *[]string { return &s.Required })
	case "x-event-aliases":
		return list(func(s *Schema) *[]string { return &s.Aliases })
	case "x-known-values":
		return list(func(s *Schema) *[]string { return &s.Known })
	case "x-require-one-of":
		return list(func(s *Schema) *[]string { return &s.RequireOneOf })
	}
	return structural(keyword)
}

func structural(keyword string) reader {
	switch keyword {
	case "type":
		return readType
	case "const":
		return func(_ *Document, s *Schema, n *yaml.Node, _ Position) error {
			s.Const = new(Scalar(n))
			return nil
		}
	case "default":
		return func(_ *Document, s *Schema, n *yaml.Node, _ Position) error {
			if n.Kind == yaml.ScalarNode {
				s.Default = new(Scalar(n))
			}
			return nil
		}
	case "enum":
		return readEnum
	case "properties":
		return readProperties
	case "items":
		return subschema(func(s *Schema) **Schema { return &s.Items })
	case "additionalProperties":
		return readAdditional
	case "propertyNames":
		return readPropertyNames
	case "oneOf":
		return readUnion
	case "anyOf":
		return readOverlap
	case "allOf":
		return subschemas(func(s *Schema) *[]*Schema { return &s.AllOf })
	case "discriminator":
		return readDiscriminator
	case "x-go-constructors":
		return readConstructors
	}
	return nil
}

// annotation reports whether a keyword has no effect on the wire format.
func annotation(keyword string) bool {
	switch keyword {
	case "title", "example", "examples", "writeOnly", "externalDocs",
		"xml", "$schema", "$comment", "$defs", "contentMediaType",
		"x-event-direction": // Only diff reads it.
		return true
	}
	// A misspelt keyword of the generator is an error.
	for _, own := range []string{"x-go-", "x-event-", "x-known-", "x-require-"} {
		if strings.HasPrefix(keyword, own) {
			return false
		}
	}
	return strings.HasPrefix(keyword, "x-")
}

// schema parses the schema object n into s.
func (d *Document) schema(n *yaml.Node, pointer string, s *Schema) error {
	n = alias(n)
	s.Position = d.Position(n, pointer)
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		if n.Value == "true" {
			return nil
		}
		return s.Errorf("the schema false allows no value")
	}
	if n.Kind != yaml.MappingNode {
		return s.Errorf("is not a schema object")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], alias(n.Content[i+1])
		at := d.Position(key, pointer+"/"+escape(key.Value))
		read := readers(key.Value)
		switch {
		case read != nil:
			if err := read(d, s, value, at); err != nil {
				return err
			}
		case !annotation(key.Value):
			return at.Errorf("unsupported keyword %q", key.Value)
		}
	}
	return s.coherent(n)
}

func subschema(field func(*Schema) **Schema) reader {
	return func(d *Document, s *Schema, n *yaml.Node, at Position) error {
		sub := &Schema{}
		*field(s) = sub
		return d.schema(n, at.Pointer, sub)
	}
}

func subschemas(field func(*Schema) *[]*Schema) reader {
	return func(d *Document, s *Schema, n *yaml.Node, at Position) error {
		if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
			return at.Errorf("must be a list of schemas")
		}
		for i, e := range n.Content {
			sub := &Schema{}
			if err := d.schema(e, at.Pointer+"/"+strconv.Itoa(i), sub); err != nil {
				return err
			}
			*field(s) = append(*field(s), sub)
		}
		return nil
	}
}
