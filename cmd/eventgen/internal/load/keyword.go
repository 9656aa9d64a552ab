package load

import (
	"errors"
	"slices"
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
	case "title":
		return text(func(s *Schema) *string { return &s.Title })
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
		return func(d *Document, s *Schema, n *yaml.Node, at Position) error {
			err := flag(func(s *Schema) *bool { return &s.Nullable })(d, s, n, at)
			s.Null = s.Null || s.Nullable
			return err
		}
	case "readOnly":
		return flag(func(s *Schema) *bool { return &s.ReadOnly })
	case "x-go-secret":
		return flag(func(s *Schema) *bool { return &s.Secret })
	case "x-event-union":
		return flag(func(s *Schema) *bool { return &s.EventUnion })
	case "minimum":
		return float(func(s *Schema) **float64 { return &s.Minimum })
	case "maximum":
		return float(func(s *Schema) **float64 { return &s.Maximum })
	case "exclusiveMinimum":
		return exclusive(func(s *Schema) (**float64, *bool) { return &s.ExclusiveMinimum, &s.exclusiveMin })
	case "exclusiveMaximum":
		return exclusive(func(s *Schema) (**float64, *bool) { return &s.ExclusiveMaximum, &s.exclusiveMax })
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
		return func(_ *Document, s *Schema, n *yaml.Node, at Position) error {
			if n.Kind != yaml.ScalarNode {
				return at.Errorf("is not enforced: only a scalar can be a constant")
			}
			s.Const = new(Scalar(n))
			return nil
		}
	case "x-fern-type":
		return readFern
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
	case "patternProperties":
		return readPatterned
	case "$recursiveRef", "$dynamicRef":
		return readRecursive
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
	case "example", "examples", "writeOnly", "externalDocs",
		"xml", "$schema", "$comment", "$defs", "definitions", "contentMediaType",
		"$id", "$anchor", "$recursiveAnchor", "$dynamicAnchor", "$vocabulary",
		"x-event-direction": // Only diff reads it.
		return true
	}
	return strings.HasPrefix(keyword, "x-") && !owned(keyword)
}

// owned reports whether a keyword looks like the generator's own. Faults of those are
// errors, and a misspelt one is no mere extension.
func owned(keyword string) bool {
	return slices.ContainsFunc([]string{"x-go-", "x-event-", "x-known-", "x-require-"}, func(prefix string) bool {
		return strings.HasPrefix(keyword, prefix)
	})
}

// ignored returns the text of the warning about a keyword that is not handled.
func ignored(keyword string) string {
	switch keyword {
	case "multipleOf", "not", "if", "then", "else", "uniqueItems", "contains", "minContains", "maxContains",
		"dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties", "unevaluatedItems",
		"additionalItems", "prefixItems", "contentSchema":
		return keyword + " is not enforced: values that it forbids are accepted"
	}
	return "the keyword " + strconv.Quote(keyword) + " is unknown and has no effect: remove it, or begin its name with x-"
}

// schema parses the schema object n into s. Faults of keywords are warnings, and the
// keyword has no effect; those of the generator's own keywords are errors.
func (d *Document) schema(n *yaml.Node, pointer string, s *Schema) error {
	n = alias(n)
	s.Position = d.Position(n, pointer)
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		if n.Value != "true" {
			d.fault(s.Position, "the schema false allows no value, but any value is accepted")
		}
		return nil
	}
	if n.Kind != yaml.MappingNode {
		d.fault(s.Position, "is not a schema object: any value is accepted")
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], alias(n.Content[i+1])
		at := d.Position(key, pointer+"/"+escape(key.Value))
		read := readers(key.Value)
		switch {
		case read != nil:
			err := read(d, s, value, at)
			if fault, ok := errors.AsType[*Error](err); ok && fault.Pointer == at.Pointer && !owned(key.Value) {
				d.fault(fault.Position, fault.Msg)
			} else if err != nil {
				if ok {
					fault.Fatal = true
				}
				return err
			}
		case annotation(key.Value):
		case owned(key.Value):
			d.fault(at, "the generator has no keyword "+strconv.Quote(key.Value)+": is it misspelt?")
		default:
			d.fault(at, ignored(key.Value))
		}
	}
	d.settle(s, n)
	return nil
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
