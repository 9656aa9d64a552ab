package protocol

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/voicelane/realtime-go/gen/api"
)

// shape returns an error for the first member of v that the API does not know, or
// whose value has the wrong type. The decoder keeps both in Extra; a value that no
// variant of a union describes is in that union's Unknown variant. path is the
// path of v, empty for an event.
func (c Checker) shape(v reflect.Value, path string) *api.Error {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return c.shape(v.Elem(), path)
	case reflect.Slice:
		if kind := v.Type().Elem().Kind(); kind == reflect.Uint8 || kind == reflect.String {
			return nil
		}
		for i := range v.Len() {
			if err := c.shape(v.Index(i), path+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if err := c.shape(v.MapIndex(key), path+"."+key.String()); err != nil {
				return err
			}
		}
	case reflect.Struct:
		return c.checkStruct(v, path)
	default: // Scalars hold nothing.
	}
	return nil
}

func (c Checker) checkStruct(v reflect.Value, path string) *api.Error {
	name := v.Type().Name()
	if raw := v.FieldByName("Raw"); strings.HasPrefix(name, "Unknown") && raw.IsValid() {
		return c.unknownVariant(raw.Bytes(), path)
	}
	if strings.HasPrefix(name, "Nullable[") {
		out := v.MethodByName("Get").Call(nil)
		if !out[1].Bool() {
			return nil
		}
		return c.shape(out[0], path)
	}
	extra := v.FieldByName("Extra")
	if !extra.IsValid() {
		return nil // Not an object of the API, for example api.Null.
	}
	if x, ok := reflect.TypeAssert[api.Extra](extra); ok && x.Len() > 0 {
		if err := c.checkExtra(v, x, path); err != nil {
			return err
		}
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Name == "Extra" || !f.IsExported() {
			continue
		}
		if err := c.shape(v.Field(i), Join(path, snake(f.Name))); err != nil {
			return err
		}
	}
	return nil
}

func (c Checker) checkExtra(v reflect.Value, x api.Extra, path string) *api.Error {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		fields[snake(v.Type().Field(i).Name)] = v.Field(i)
	}
	for name, raw := range x.All() {
		param := Join(path, name)
		field, known := fields[name]
		switch {
		case known && !field.IsZero():
			continue // The value is valid JSON for the field in an unusual notation.
		case known:
			return Error(CodeInvalidType, param, param+" cannot be "+kindOf(raw))
		case isConstant(v.Type(), name):
			return Error(CodeInvalidValue, param, param+" cannot have this value")
		}
		if !c.AllowUnknown {
			return Error(CodeUnknownParameter, param, "there is no parameter "+param)
		}
	}
	return nil
}

// isConstant reports whether the member name of t is a constant. Constants have no
// Go field and are encoded for an empty struct too.
func isConstant(t reflect.Type, name string) bool {
	empty, ok := reflect.TypeAssert[json.Marshaler](reflect.New(t))
	if !ok {
		return false
	}
	data, err := empty.MarshalJSON()
	object, _ := Object(data)
	return err == nil && object[name] != nil
}

// unknownVariant returns the reason why a value is no variant of a union.
func (c Checker) unknownVariant(raw json.RawMessage, path string) *api.Error {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return Error(CodeInvalidType, path, path+" cannot be "+kindOf(raw))
	}
	param := Join(path, "type")
	if _, ok := object["type"]; !ok {
		return Error(CodeMissing, param, param+" is required")
	}
	if c.AllowUnknown {
		return nil
	}
	if _, ok := object["role"]; ok && strings.HasSuffix(path, "item") {
		param = Join(path, "role")
	}
	return Error(CodeInvalidValue, param, param+" cannot have this value")
}

// kindOf returns the kind of a JSON value without its content.
func kindOf(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "empty"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "this string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "this number"
}

// Join returns the path of a member of the object at path.
func Join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// snake returns the wire name of a Go field: event_id for EventID.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) {
			after := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if unicode.IsLower(runes[i-1]) || after {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Object returns the members of a JSON object, and false for any other value.
func Object(value json.RawMessage) (map[string]json.RawMessage, bool) {
	var object map[string]json.RawMessage
	err := json.Unmarshal(value, &object)
	return object, err == nil && object != nil
}
