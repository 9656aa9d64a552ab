// Package schema makes JSON Schemas of Go types, with the constraints that struct tags
// add, and checks arguments against them.
package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schema is the schema of the arguments of a function.
type Schema struct {
	text     json.RawMessage
	resolved *jsonschema.Resolved
}

var raw = reflect.TypeFor[json.RawMessage]()

// Of returns the schema of a type, which must be that of a JSON object: a struct, a map,
// or [json.RawMessage], whose schema is any object.
func Of(t reflect.Type) (*Schema, error) {
	s := &jsonschema.Schema{Type: "object"}
	if t != raw {
		var err error
		s, err = jsonschema.ForType(t, &jsonschema.ForOptions{
			TypeSchemas: map[reflect.Type]*jsonschema.Schema{raw: {}},
		})
		if err != nil {
			return nil, err
		}
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
		s.Type, s.Types = "object", nil
	}
	if s.Type != "object" {
		return nil, fmt.Errorf("arguments are a JSON object, and %s is none", t)
	}
	if err := constrain(t, s); err != nil {
		return nil, err
	}
	return build(s)
}

// Parse returns a schema that is written as JSON.
func Parse(text json.RawMessage) (*Schema, error) {
	s := &jsonschema.Schema{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, err
	}
	made, err := build(s)
	if err != nil {
		return nil, err
	}
	made.text = text
	return made, nil
}

func build(s *jsonschema.Schema) (*Schema, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	r, err := s.Resolve(nil)
	if err != nil {
		return nil, err
	}
	return &Schema{text: text, resolved: r}, nil
}

// JSON returns the schema as JSON.
func (s *Schema) JSON() json.RawMessage { return s.text }

// Check returns why arguments do not fit, in words for the model, or nil. No arguments
// are an empty object.
func (s *Schema) Check(arguments json.RawMessage) error {
	var v any
	if err := json.Unmarshal(arguments, &v); err != nil {
		return fmt.Errorf("the arguments are not JSON: %w", err)
	}
	if _, ok := v.(map[string]any); !ok {
		return errors.New("the arguments are not a JSON object")
	}
	if err := s.resolved.Validate(v); err != nil {
		return fmt.Errorf("the arguments do not fit: %w", err)
	}
	return nil
}
