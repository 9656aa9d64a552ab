package wire

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Encoder appends one JSON value to a buffer. Make it with [NewEncoder] and keep it on
// the stack. The package documentation shows its use. An Encoder must not be used by
// several goroutines at the same time.
type Encoder struct {
	buf    []byte
	start  int
	reason string // The first error, or "".
	path   string
	masks  bool // See NewMaskingEncoder.
}

// NewEncoder returns an Encoder that appends to dst.
func NewEncoder(dst []byte) Encoder { return Encoder{buf: dst, start: len(dst)} }

// Bytes returns the buffer with the encoded value appended, or nil and the first error,
// an [*EncodeError].
func (e *Encoder) Bytes() ([]byte, error) {
	if e.reason != "" {
		return nil, &EncodeError{Path: e.path, Reason: e.reason}
	}
	return e.buf, nil
}

// Fail makes Bytes return an error with this reason and the path of the value that is
// being written. Only the first call has an effect.
func (e *Encoder) Fail(reason string) {
	if e.reason == "" {
		e.reason, e.path = reason, pathAt(e.buf[e.start:], len(e.buf)-e.start)
	}
}

// comma writes a comma unless a bracket was opened just before.
func (e *Encoder) comma() {
	if last := e.buf[len(e.buf)-1]; last != '{' && last != '[' {
		e.buf = append(e.buf, ',')
	}
}

// Begin opens an object that is written from a struct.
func (e *Encoder) Begin() { e.buf = append(e.buf, '{') }

// BeginConst is Begin and [Encoder.Type] for an object whose first member, field 1, is
// constant. The text is the opening brace and the member, such as
// `{"type":"session.update"`.
func (e *Encoder) BeginConst(extra *Extra, text string) {
	if extra.p == nil {
		e.buf = append(e.buf, text...)
		return
	}
	e.Begin()
	e.Type(extra, 1, text)
}

// Const writes a member that has a constant value and is required, as in
// [Encoder.RequiredField]. The text includes the leading comma, such as
// `,"role":"user"`.
func (e *Encoder) Const(extra *Extra, field int, text string) {
	value := constValue(text)
	if e.RequiredField(extra, field, true, text[:value]) {
		e.buf = append(e.buf, text[value:]...)
	}
}

// Type is Const for the member that names an event. It writes the alias under which the
// event arrived if extra has one.
func (e *Encoder) Type(extra *Extra, field int, text string) {
	if extra.p == nil || extra.p.wireType == "" {
		e.Const(extra, field, text)
	} else if e.RequiredField(extra, field, true, text[:constValue(text)]) {
		e.String(extra.p.wireType)
	}
}

// constValue returns where the value of a constant member starts.
func constValue(text string) int { return strings.Index(text, `":`) + len(`":`) }

// End writes the members of extra and closes the object.
func (e *Encoder) End(extra *Extra) {
	if extra.p != nil && !e.masks {
		for i := range extra.p.overrides {
			e.member(&extra.p.overrides[i])
		}
		for i := range extra.p.unknown {
			e.member(&extra.p.unknown[i])
		}
	}
	e.buf = append(e.buf, '}')
}

func (e *Encoder) member(m *member) {
	e.comma()
	e.String(m.name)
	e.buf = append(e.buf, ':')
	if m.unchecked && !validText(m.raw) {
		e.Fail("Extra member is not JSON")
		return
	}
	e.buf = appendValid(e.buf, m.raw)
}

// Field writes the name of a struct's member and reports whether the caller must write
// the value next. It writes nothing and returns false if extra has a member of that
// name. The name includes the leading comma and the colon, such as `,"type":`.
func (e *Encoder) Field(extra *Extra, name string) bool {
	if extra.p != nil && extra.overrides(name[2:len(name)-2]) {
		return false
	}
	if e.buf[len(e.buf)-1] == '{' {
		name = name[1:]
	}
	e.buf = append(e.buf, name...)
	return true
}

// RequiredField is Field for a required member. It also returns false if zero is true
// and the member was absent when the struct was decoded, so that an absent member stays
// absent. The field is given by its number, counted from 1.
func (e *Encoder) RequiredField(extra *Extra, field int, zero bool, name string) bool {
	if zero && extra.p != nil && extra.p.absent&(1<<uint(field-1)) != 0 {
		return false
	}
	return e.Field(extra, name)
}

// Null writes null.
func (e *Encoder) Null() { e.buf = append(e.buf, "null"...) }

// Bool writes true or false.
func (e *Encoder) Bool(v bool) { e.buf = strconv.AppendBool(e.buf, v) }

// Int writes a whole number.
func (e *Encoder) Int(v int64) { e.buf = strconv.AppendInt(e.buf, v, 10) }

// Float64 writes a number as encoding/json does. NaN and infinities are errors.
func (e *Encoder) Float64(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		e.Fail("number is not finite")
		return
	}
	format := byte('f')
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	e.buf = strconv.AppendFloat(e.buf, v, format, -1, 64)
	if n := len(e.buf); format == 'e' && e.buf[n-4] == 'e' && e.buf[n-3] == '-' && e.buf[n-2] == '0' {
		// Remove the leading zero of a negative one-digit exponent, as encoding/json
		// does.
		e.buf = append(e.buf[:n-2], e.buf[n-1])
	}
}

// AppendString appends s to dst as [Encoder.String] writes it.
func AppendString(dst []byte, s string) []byte { return appendQuoted(dst, s) }

// AppendBase64 appends p to dst as [Encoder.Base64] writes it.
func AppendBase64(dst, p []byte) []byte { return appendBase64(dst, p) }

// String writes a string. Invalid UTF-8 becomes U+FFFD.
func (e *Encoder) String(s string) { e.buf = appendQuoted(e.buf, s) }

// Base64 writes bytes as a string of base64 text.
func (e *Encoder) Base64(p []byte) { e.buf = appendBase64(e.buf, p) }

// Raw writes JSON text. A nil raw is written as null; text that is not JSON is
// an error.
func (e *Encoder) Raw(raw json.RawMessage) {
	if raw == nil {
		e.Null()
		return
	}
	if end, reason := skip(raw, 0, 0); reason != "" || space(raw, end) < len(raw) {
		e.Fail("raw value is not JSON")
		return
	}
	e.buf = appendValid(e.buf, raw)
}

// BeginArray opens an array.
func (e *Encoder) BeginArray() { e.buf = append(e.buf, '[') }

// Elem must be called before each element of an array is written.
func (e *Encoder) Elem() { e.comma() }

// EndArray closes an array.
func (e *Encoder) EndArray() { e.buf = append(e.buf, ']') }

// BeginMap opens an object that is written from a map.
func (e *Encoder) BeginMap() { e.buf = append(e.buf, '{') }

// Key writes a member's name, and a comma before it unless it is the first.
// [SortedKeys] returns the keys in a fixed order.
func (e *Encoder) Key(key string) {
	e.comma()
	e.String(key)
	e.buf = append(e.buf, ':')
}

// EndMap closes an object that is written from a map.
func (e *Encoder) EndMap() { e.buf = append(e.buf, '}') }

// SortedKeys returns the keys of m in order.
func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
