package realtimetest

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/voicelane/realtime-go/gen/api"
)

// Codes of errors about an event's shape.
const (
	codeUnknownParameter = "unknown_parameter"
	codeMissing          = "missing_required_parameter"
	codeInvalidType      = "invalid_type"
	codeInvalidValue     = "invalid_value"
	codeNotSimulated     = "not_simulated" // The API has it, and this server does not play it.
)

const invalidRequest = "invalid_request_error"

// protocolError returns an error about the client's request. An empty param is
// null on the wire.
func protocolError(code, param, message string) api.Error {
	e := api.Error{
		Type: invalidRequest, Code: api.Value(code), Message: message,
		Param: api.NullOf[string](), EventID: api.NullOf[string](),
	}
	if param != "" {
		e.Param = api.Value(param)
	}
	return e
}

func errorCode(e api.Error) string {
	code, _ := e.Code.Get()
	return code
}

// decode returns the event in data. When there is something wrong with it, it
// says what, and returns the event's name and id as far as they are known.
func decode(data []byte) (e api.ClientEvent, wireName, id string, wrong *api.Error) {
	e, err := api.DecodeClientEvent(data)
	if err != nil {
		id, wrong = undecodable(data, err)
		return nil, "", id, wrong
	}
	wireName, id = e.EventType(), api.ClientEventID(e)
	if _, ok := e.(*api.UnknownClientEvent); ok {
		return nil, wireName, id, noEvent(wireName)
	}
	if audio, ok := e.(*api.InputAudioBufferAppend); !ok || audio.Extra.Len() > 0 {
		wrong = checkShape(reflect.ValueOf(e), "")
	}
	if wrong == nil {
		wrong = checkBounds(e)
	}
	return e, wireName, id, wrong
}

// decodeTranslation does the same in the translation protocol.
func decodeTranslation(data []byte) (e api.TranslationClientEvent, wireName, id string, wrong *api.Error) {
	e, err := api.DecodeTranslationClientEvent(data)
	if err != nil {
		id, wrong = undecodable(data, err)
		return nil, "", id, wrong
	}
	wireName, id = e.EventType(), api.TranslationClientEventID(e)
	if _, ok := e.(*api.UnknownTranslationClientEvent); ok {
		return nil, wireName, id, noEvent(wireName)
	}
	if wrong = checkShape(reflect.ValueOf(e), ""); wrong == nil {
		wrong = checkBounds(e)
	}
	return e, wireName, id, wrong
}

func undecodable(data []byte, err error) (id string, wrong *api.Error) {
	fault := protocolError("invalid_json", "", "the frame is not a JSON object: "+err.Error())
	var head struct {
		EventID string `json:"event_id"`
	}
	if json.Unmarshal(data, &head) == nil {
		fault = protocolError(codeMissing, "type", "the event has no type")
	}
	return head.EventID, &fault
}

func noEvent(wireName string) *api.Error {
	return new(protocolError(codeInvalidValue, "type", "there is no client event "+strconv.Quote(wireName)))
}

func checkBounds(e interface{ Validate() error }) *api.Error {
	if err := e.Validate(); err != nil {
		return new(boundError(err))
	}
	return nil
}

// boundError tells what Validate found.
func boundError(err error) api.Error {
	v, ok := errors.AsType[*api.ValidationError](err)
	if !ok {
		return protocolError(codeInvalidValue, "", err.Error())
	}
	code := codeInvalidValue
	if strings.HasSuffix(v.Reason, "is required") {
		code = codeMissing
	}
	return protocolError(code, strings.TrimPrefix(v.Path, "."), v.Error())
}

// checkShape looks for members that the API does not know and for values that
// did not fit: the decoder keeps both in Extra, and values that no variant of a
// union describes in that union's Unknown variant.
func checkShape(v reflect.Value, path string) *api.Error {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return checkShape(v.Elem(), path)
	case reflect.Slice:
		if kind := v.Type().Elem().Kind(); kind == reflect.Uint8 || kind == reflect.String {
			return nil
		}
		for i := range v.Len() {
			if fault := checkShape(v.Index(i), path+"["+strconv.Itoa(i)+"]"); fault != nil {
				return fault
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if fault := checkShape(v.MapIndex(key), path+"."+key.String()); fault != nil {
				return fault
			}
		}
	case reflect.Struct:
		return checkStruct(v, path)
	default: // Scalars hold nothing.
	}
	return nil
}

func checkStruct(v reflect.Value, path string) *api.Error {
	name := v.Type().Name()
	if raw := v.FieldByName("Raw"); strings.HasPrefix(name, "Unknown") && raw.IsValid() {
		return unknownVariant(raw.Bytes(), path)
	}
	if strings.HasPrefix(name, "Nullable[") {
		out := v.MethodByName("Get").Call(nil)
		if !out[1].Bool() {
			return nil
		}
		return checkShape(out[0], path)
	}
	extra := v.FieldByName("Extra")
	if !extra.IsValid() {
		return nil // No object of the API, such as api.Null.
	}
	if x, ok := reflect.TypeAssert[api.Extra](extra); ok && x.Len() > 0 {
		if fault := checkExtra(v, x, path); fault != nil {
			return fault
		}
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Name == "Extra" || !f.IsExported() {
			continue
		}
		if fault := checkShape(v.Field(i), join(path, snake(f.Name))); fault != nil {
			return fault
		}
	}
	return nil
}

func checkExtra(v reflect.Value, x api.Extra, path string) *api.Error {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		fields[snake(v.Type().Field(i).Name)] = v.Field(i)
	}
	for name, raw := range x.All() {
		param := join(path, name)
		field, known := fields[name]
		switch {
		case known && !field.IsZero():
			continue // The value fits; it was only written in an unusual way.
		case known:
			e := protocolError(codeInvalidType, param, param+" cannot be "+kindOf(raw))
			return &e
		case isConstant(v.Type(), name):
			e := protocolError(codeInvalidValue, param, param+" cannot have this value")
			return &e
		}
		e := protocolError(codeUnknownParameter, param, "there is no parameter "+param)
		return &e
	}
	return nil
}

// isConstant reports whether a member without a Go field has one value only: such
// members are written for an empty struct too.
func isConstant(t reflect.Type, name string) bool {
	empty, ok := reflect.TypeAssert[json.Marshaler](reflect.New(t))
	if !ok {
		return false
	}
	data, err := empty.MarshalJSON()
	object, _ := objectOf(data)
	return err == nil && object[name] != nil
}

// unknownVariant tells why a value is no variant of a union.
func unknownVariant(raw json.RawMessage, path string) *api.Error {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		e := protocolError(codeInvalidType, path, path+" cannot be "+kindOf(raw))
		return &e
	}
	param := join(path, "type")
	if _, ok := object["type"]; !ok {
		e := protocolError(codeMissing, param, param+" is required")
		return &e
	}
	if _, ok := object["role"]; ok && strings.HasSuffix(path, "item") {
		param = join(path, "role")
	}
	e := protocolError(codeInvalidValue, param, param+" cannot have this value")
	return &e
}

// kindOf names the kind of a JSON value, never its content.
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

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// snake returns the wire name of a Go field: EventID is event_id.
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
