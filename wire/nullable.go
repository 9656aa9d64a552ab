package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
)

const (
	stateAbsent uint8 = iota
	stateNull
	stateValue
)

// Nullable is a member that can be absent, null, or hold a value. The API treats the
// three differently. The zero Nullable is absent; [Value] and [NullOf] make the others.
type Nullable[T any] struct {
	value T
	state uint8
}

// Value returns a Nullable that holds v.
func Value[T any](v T) Nullable[T] { return Nullable[T]{value: v, state: stateValue} }

// NullOf returns a Nullable that is written as null.
func NullOf[T any]() Nullable[T] { return Nullable[T]{state: stateNull} }

// Get returns the value and whether n holds one. It returns the zero value and false if
// n is null or absent.
func (n Nullable[T]) Get() (T, bool) { return n.value, n.state == stateValue }

// IsNull reports whether the member is present and null.
func (n Nullable[T]) IsNull() bool { return n.state == stateNull }

// IsZero reports whether the member is absent. The omitzero option of encoding/json
// calls it.
func (n Nullable[T]) IsZero() bool { return n.state == stateAbsent }

// String formats the value as fmt.Sprint does, or returns "null" or "absent".
func (n Nullable[T]) String() string {
	switch n.state {
	case stateValue:
		return fmt.Sprint(n.value)
	case stateNull:
		return "null"
	}
	return "absent"
}

// MarshalJSON writes the value, or null if n holds none.
func (n Nullable[T]) MarshalJSON() ([]byte, error) {
	if n.state != stateValue {
		return []byte("null"), nil
	}
	return json.Marshal(n.value)
}

// UnmarshalJSON reads null or a value.
func (n *Nullable[T]) UnmarshalJSON(data []byte) error {
	if string(bytes.TrimSpace(data)) == "null" {
		*n = NullOf[T]()
		return nil
	}
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*n = Value(v)
	return nil
}

// Opt returns a pointer to v, which d has just read, or nil if reading failed or the
// value did not fit. Generated code fills optional fields with it:
//
//	x.Speed = wire.Opt(d, d.Float64())
func Opt[T any](d *Decoder, v T) *T {
	if d.flags&flagMismatch != 0 || d.reason != "" {
		return nil
	}
	return new(v)
}

// Hold sets n to a zero value and returns a pointer to it, into which the caller
// decodes a struct. [Release] must follow:
//
//	v := wire.Hold(&x.Usage)
//	v.decode(d)
//	wire.Release(d, &x.Usage)
func Hold[T any](n *Nullable[T]) *T {
	if n.state != stateAbsent {
		*n = Nullable[T]{}
	}
	n.state = stateValue
	return &n.value
}

// Release makes n absent if the value that d has just read did not fit.
func Release[T any](d *Decoder, n *Nullable[T]) {
	if d.flags&flagMismatch != 0 || d.reason != "" {
		*n = Nullable[T]{}
	}
}

// Val is [Opt] for a nullable field; null itself is read by [Decoder.Null].
func Val[T any](d *Decoder, v T) Nullable[T] {
	if d.flags&flagMismatch != 0 || d.reason != "" {
		return Nullable[T]{}
	}
	return Value(v)
}
