package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// keywords are the struct tags that add a constraint to the schema of a field. Those of
// an element apply to the elements of a slice or an array.
var keywords = []struct {
	tag     string
	element bool
	set     func(s *jsonschema.Schema, value string) error
}{
	{"enum", true, setEnum},
	{"minimum", true, number(func(s *jsonschema.Schema) **float64 { return &s.Minimum })},
	{"maximum", true, number(func(s *jsonschema.Schema) **float64 { return &s.Maximum })},
	{"exclusiveMinimum", true, number(func(s *jsonschema.Schema) **float64 { return &s.ExclusiveMinimum })},
	{"exclusiveMaximum", true, number(func(s *jsonschema.Schema) **float64 { return &s.ExclusiveMaximum })},
	{"multipleOf", true, number(func(s *jsonschema.Schema) **float64 { return &s.MultipleOf })},
	{"minLength", true, count(func(s *jsonschema.Schema) **int { return &s.MinLength })},
	{"maxLength", true, count(func(s *jsonschema.Schema) **int { return &s.MaxLength })},
	{"pattern", true, func(s *jsonschema.Schema, v string) error { s.Pattern = v; return nil }},
	{"format", true, func(s *jsonschema.Schema, v string) error { s.Format = v; return nil }},
	{"minItems", false, count(func(s *jsonschema.Schema) **int { return &s.MinItems })},
	{"maxItems", false, count(func(s *jsonschema.Schema) **int { return &s.MaxItems })},
}

// constrain adds the constraints of a type's tags to its schema.
func constrain(t reflect.Type, s *jsonschema.Schema) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		if inner := element(s); inner != nil {
			return constrain(t.Elem(), inner)
		}
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				name = f.Name
			}
			p := s.Properties[name]
			if f.Anonymous || !f.IsExported() || p == nil {
				continue
			}
			if err := constrain(f.Type, p); err != nil {
				return err
			}
			if err := tagged(f.Tag, p); err != nil {
				return fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
	default:
	}
	return nil
}

func element(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Items != nil {
		return s.Items
	}
	return s.AdditionalProperties
}

func tagged(tag reflect.StructTag, s *jsonschema.Schema) error {
	for _, k := range keywords {
		value, ok := tag.Lookup(k.tag)
		if !ok {
			continue
		}
		at := s
		if k.element && s.Items != nil {
			at = s.Items
		}
		if err := k.set(at, value); err != nil {
			return fmt.Errorf("tag %s: %w", k.tag, err)
		}
	}
	return nil
}

// setEnum sets the values of a list with commas. They are text unless the type is a
// number or a boolean.
func setEnum(s *jsonschema.Schema, list string) error {
	text := s.Type == "string" || s.Type == ""
	for _, t := range s.Types {
		text = text && t != "number" && t != "integer" && t != "boolean"
	}
	for value := range strings.SplitSeq(list, ",") {
		value = strings.TrimSpace(value)
		if text {
			s.Enum = append(s.Enum, value)
			continue
		}
		var v any
		if err := json.Unmarshal([]byte(value), &v); err != nil {
			return fmt.Errorf("%q is no value of its type", value)
		}
		s.Enum = append(s.Enum, v)
	}
	if slices.Contains(s.Types, "null") {
		s.Enum = append(s.Enum, nil)
	}
	return nil
}

func number(at func(s *jsonschema.Schema) **float64) func(*jsonschema.Schema, string) error {
	return func(s *jsonschema.Schema, value string) error {
		v, err := strconv.ParseFloat(value, 64)
		*at(s) = &v
		return err
	}
}

func count(at func(s *jsonschema.Schema) **int) func(*jsonschema.Schema, string) error {
	return func(s *jsonschema.Schema, value string) error {
		v, err := strconv.Atoi(value)
		*at(s) = &v
		return err
	}
}
