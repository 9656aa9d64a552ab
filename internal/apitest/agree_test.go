package apitest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
)

// agree compares the event x, field by field, with the generic value that it was
// decoded from. Only constants of the specification may have no field.
func (d *document) agree(x anyEvent, e event, want any) error {
	v := reflect.ValueOf(x).Elem()
	if v.Type().Name() != e.goType {
		return fmt.Errorf("%s decoded as a %s", e.name, v.Type().Name())
	}
	return d.agreeValue(v, e.schema, want)
}

func (d *document) agreeValue(v reflect.Value, s *schema, want any) error {
	s = d.deref(s)
	if value, null, ok := nullable(v); ok {
		switch {
		case null != (want == nil):
			return fmt.Errorf("null is %v, want %v", null, want)
		case null:
			return nil
		case !value.IsValid():
			return fmt.Errorf("is absent, want %v", want)
		}
		return d.agreeValue(value, d.arm(s, want), want)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return fmt.Errorf("is nil, want %v", want)
		}
		return d.agreeValue(v.Elem(), d.arm(s, want), want)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[api.Null]() {
			if want != nil {
				return fmt.Errorf("is null, want %v", want)
			}
			return nil
		}
		return d.agreeObject(v, s, want)
	case reflect.Map:
		return d.agreeMap(v, s, want)
	case reflect.Slice:
		return d.agreeSlice(v, s, want)
	default:
		return agreeScalar(v, want)
	}
}

// arm returns the variant of the union s that matches the kind, type and role of want,
// or s itself if it is not a union.
func (d *document) arm(s *schema, want any) *schema {
	for _, arm := range s.arms() {
		arm = d.deref(arm)
		fits := slices.Contains(arm.Type, kindOf(want))
		object, _ := want.(map[string]any)
		for _, name := range []string{"type", "role"} {
			if p := arm.Properties[name]; p != nil && p.Const != nil && p.Const != object[name] {
				fits = false
			}
		}
		if fits {
			return arm
		}
	}
	return s
}

// kindOf returns the schema kind of a generic value.
func kindOf(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		if strings.HasPrefix(strings.TrimLeft(number(string(v)), "-0123456789"), "e-") {
			return "number"
		}
		return "integer"
	default:
		return "null"
	}
}

// agreeObject compares a struct with an object.
func (d *document) agreeObject(v reflect.Value, s *schema, want any) error {
	object, ok := want.(map[string]any)
	if !ok {
		return fmt.Errorf("is a %s, want %v", v.Type(), want)
	}
	if s.name != v.Type().Name() {
		return fmt.Errorf("is a %s, want a %s", v.Type(), s.name)
	}
	fields := map[string]reflect.Value{}
	for i, f := range reflect.VisibleFields(v.Type()) {
		if f.Name == "Extra" {
			if x, ok := reflect.TypeAssert[api.Extra](v.Field(i)); !ok || x.Len() > 0 {
				return fmt.Errorf("kept in Extra: %s", members(x))
			}
			continue
		}
		fields[strings.ToLower(f.Name)] = v.Field(i)
	}
	for name, value := range object {
		p := s.Properties[name]
		key := strings.ReplaceAll(name, "_", "")
		field, ok := fields[key]
		delete(fields, key)
		switch {
		case p == nil:
			return fmt.Errorf("%s: the specification of %s has no such member", name, s.name)
		case !ok && p.Const != nil:
			continue
		case !ok:
			return fmt.Errorf("%s: %s has no field for it", name, v.Type())
		}
		if err := d.agreeValue(field, p, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, field := range fields {
		if !field.IsZero() {
			return fmt.Errorf("%s.%s is %v, want it unset", v.Type(), name, field)
		}
	}
	return nil
}

// agreeMap compares a map with an object that has no fixed members.
func (d *document) agreeMap(v reflect.Value, s *schema, want any) error {
	object, ok := want.(map[string]any)
	if !ok || v.IsNil() || v.Len() != len(object) {
		return fmt.Errorf("is %v, want %v", v, want)
	}
	for name, value := range object {
		key := reflect.ValueOf(name).Convert(v.Type().Key())
		if !v.MapIndex(key).IsValid() {
			return fmt.Errorf("%s: is missing", name)
		}
		if err := d.agreeValue(v.MapIndex(key), d.arm(s, want).Additional.schema, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// agreeSlice compares a slice with the value that it was decoded from.
func (d *document) agreeSlice(v reflect.Value, s *schema, want any) error {
	switch x := v.Interface().(type) {
	case json.RawMessage:
		return same("the raw value", x, want)
	case []byte:
		if text, ok := want.(string); !ok || x == nil || base64.StdEncoding.EncodeToString(x) != text {
			return fmt.Errorf("is %x, want %v", x, want)
		}
		return nil
	}
	list, ok := want.([]any)
	if !ok || v.IsNil() || v.Len() != len(list) {
		return fmt.Errorf("is %v, want %v", v, want)
	}
	for i, value := range list {
		if err := d.agreeValue(v.Index(i), d.arm(s, want).Items, value); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

// agreeScalar compares a string, a number or a boolean.
func agreeScalar(v reflect.Value, want any) error {
	ok := false
	switch want := want.(type) {
	case string:
		ok = v.Kind() == reflect.String && v.String() == want
	case bool:
		ok = v.Kind() == reflect.Bool && v.Bool() == want
	case json.Number:
		switch {
		case v.CanInt():
			ok = number(strconv.FormatInt(v.Int(), 10)) == number(string(want))
		case v.CanFloat():
			f, err := want.Float64()
			ok = err == nil && f == v.Float()
		}
	}
	if !ok {
		return fmt.Errorf("is %v, want %v", v, want)
	}
	return nil
}
