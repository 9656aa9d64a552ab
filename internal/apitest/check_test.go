package apitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/voicelane/realtime-go/gen/api"
)

// check compares one document with encoding/json: whether it decodes, what is encoded
// again, and that the event does not alias data. It returns the first difference.
func check(u union, data []byte) error {
	want, valid := judge(data)
	name, typed := typeOf(want)
	e, err := decodeFrom(u.decode, data)
	if err := checkSessions(u, data, e, err); err != nil {
		return err
	}
	switch {
	case !valid || !typed:
		return checkRejected(e, err)
	case err != nil:
		return fmt.Errorf("was rejected: %w", err)
	}
	if e.EventType() != name {
		return fmt.Errorf("EventType is %q, want %q", e.EventType(), name)
	}
	out, err := e.AppendJSON([]byte("before"))
	if err != nil {
		return fmt.Errorf("AppendJSON: %w", err)
	}
	out, ok := bytes.CutPrefix(out, []byte("before"))
	if !ok {
		return errors.New("AppendJSON changed what was in the buffer")
	}
	if err := same("AppendJSON", out, want); err != nil {
		return err
	}
	if err := checkAgain(u, e, out, utf8.Valid(data)); err != nil {
		return fmt.Errorf("decoding what was encoded: %w\n%s", err, out)
	}
	_ = e.Validate() // Must not panic on any event.
	return checkMarshal(e, data, want)
}

// decodeFrom decodes a copy of data, which it overwrites before it returns.
func decodeFrom(decode func([]byte) (anyEvent, error), data []byte) (anyEvent, error) {
	input := bytes.Clone(data)
	e, err := decode(input)
	for i := range input {
		input[i] = '~'
	}
	return e, err
}

// checkSessions decodes data in each session of u. The result must equal the result
// without a session: e or failure.
func checkSessions(u union, data []byte, e anyEvent, failure error) error {
	for _, s := range u.sessions {
		x, err := decodeFrom(s.decode, data)
		if (err == nil) != (failure == nil) || err != nil && err.Error() != failure.Error() {
			return fmt.Errorf("in a session: error is %w, without %w", err, failure)
		}
		if err := alike(reflect.ValueOf(e), reflect.ValueOf(x)); err != nil {
			return fmt.Errorf("in a session: %w", err)
		}
		if err := alike(reflect.ValueOf(s.was), reflect.ValueOf(s.got)); err != nil {
			return fmt.Errorf("the previous event has changed: %w", err)
		}
		if s.was, s.got = e, x; s.reuses && hasAudio(x) {
			s.was, s.got = nil, nil // Valid only until the next event.
		}
	}
	return nil
}

// hasAudio reports whether e is an event that carries audio.
func hasAudio(e anyEvent) bool {
	switch e.(type) {
	case *api.ResponseOutputAudioDelta, *api.InputAudioBufferAppend,
		*api.TranslationOutputAudioDelta, *api.TranslationInputAudioBufferAppend:
		return true
	}
	return false
}

// checkAgain checks that data, encoded from e, decodes to an event equal to e. If e
// came from a document that was not valid UTF-8, neither is its raw JSON. Encoding
// replaces the invalid bytes; from then on the event does not change.
func checkAgain(u union, e anyEvent, data []byte, clean bool) error {
	again, err := u.decode(data)
	if err != nil {
		return err
	}
	if clean {
		return alike(reflect.ValueOf(e), reflect.ValueOf(again))
	}
	out, err := again.AppendJSON(nil)
	if err != nil {
		return err
	}
	return checkAgain(u, again, out, true)
}

// checkRejected checks the error for a document that is not an event.
func checkRejected(e anyEvent, err error) error {
	if err == nil {
		return fmt.Errorf("was accepted as a %T", e)
	}
	if _, ok := errors.AsType[*api.DecodeError](err); !ok {
		return fmt.Errorf("error is a %T", err)
	}
	return nil
}

// checkMarshal checks an event through encoding/json in both directions.
func checkMarshal(e anyEvent, data []byte, want any) error {
	for _, v := range []any{e, reflect.ValueOf(e).Elem().Interface()} {
		out, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("json.Marshal of %T: %w", v, err)
		}
		if err := same(fmt.Sprintf("json.Marshal of %T", v), out, want); err != nil {
			return err
		}
	}
	x := reflect.New(reflect.TypeOf(e).Elem())
	if _, ok := reflect.TypeAssert[json.Unmarshaler](x); !ok {
		return nil // Only their union makes unknown variants.
	}
	if err := json.Unmarshal(data, x.Interface()); err != nil {
		return fmt.Errorf("json.Unmarshal: %w", err)
	}
	if err := alike(reflect.ValueOf(e), x); err != nil {
		return fmt.Errorf("json.Unmarshal: %w", err)
	}
	return nil
}

// same compares JSON text with a generic value.
func same(what string, got []byte, want any) error {
	v, ok := judge(got)
	if !ok {
		return fmt.Errorf("%s is not JSON: %s", what, got)
	}
	if !equal(v, want) {
		return fmt.Errorf("%s has another value: %s", what, got)
	}
	return nil
}

// alike returns an error for the first difference between two decoded values. Unlike
// [reflect.DeepEqual] it compares meaning, not representation.
func alike(a, b reflect.Value) error {
	if a.IsValid() != b.IsValid() || a.IsValid() && a.Type() != b.Type() {
		return fmt.Errorf("%v is not %v", a, b)
	}
	if !a.IsValid() {
		return nil
	}
	if x, ok := reflect.TypeAssert[api.Extra](a); ok {
		if y, ok := reflect.TypeAssert[api.Extra](b); !ok || !x.Equal(y) {
			return fmt.Errorf("extra members differ: %s and %s", members(x), members(y))
		}
		seen := map[string]bool{}
		for name := range x.All() {
			if seen[name] {
				return fmt.Errorf("%s occurs twice in Extra", name)
			}
			seen[name] = true
		}
		return nil
	}
	if value, null, ok := nullable(a); ok {
		other, otherNull, _ := nullable(b)
		if null != otherNull {
			return fmt.Errorf("%v is not %v", a, b)
		}
		return alike(value, other)
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		return alike(a.Elem(), b.Elem())
	case reflect.Struct:
		return alikeStructs(a, b)
	case reflect.Slice:
		return alikeSlices(a, b)
	case reflect.Map:
		return alikeMaps(a, b)
	default:
		if !a.Equal(b) {
			return fmt.Errorf("%v is not %v", a, b)
		}
		return nil
	}
}

func alikeStructs(a, b reflect.Value) error {
	for i, f := range reflect.VisibleFields(a.Type()) {
		if !f.IsExported() {
			continue
		}
		if err := alike(a.Field(i), b.Field(i)); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

func alikeSlices(a, b reflect.Value) error {
	if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
		return fmt.Errorf("%v is not %v", a, b)
	}
	if a.Type().Elem().Kind() == reflect.Uint8 {
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			return fmt.Errorf("%q is not %q", a.Bytes(), b.Bytes())
		}
		return nil
	}
	for i := range a.Len() {
		if err := alike(a.Index(i), b.Index(i)); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func alikeMaps(a, b reflect.Value) error {
	if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
		return fmt.Errorf("%v is not %v", a, b)
	}
	for _, k := range a.MapKeys() {
		if err := alike(a.MapIndex(k), b.MapIndex(k)); err != nil {
			return fmt.Errorf("%v: %w", k, err)
		}
	}
	return nil
}

// nullable returns the parts of an [api.Nullable]. The value is invalid if it holds
// none.
func nullable(v reflect.Value) (value reflect.Value, null, ok bool) {
	n, ok := reflect.TypeAssert[interface {
		IsNull() bool
		IsZero() bool
	}](v)
	if !ok || v.Kind() != reflect.Struct {
		return reflect.Value{}, false, false
	}
	if n.IsNull() || n.IsZero() {
		return reflect.Value{}, n.IsNull(), true
	}
	return v.MethodByName("Get").Call(nil)[0], false, true
}

// members formats the members of x.
func members(x api.Extra) string {
	var list []string
	for name, raw := range x.All() {
		list = append(list, fmt.Sprintf("%q: %s", name, raw))
	}
	return fmt.Sprint(list)
}
