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

// Nullable is a member that can be absent, null, or hold a value; the three
// mean different things to the API. The zero Nullable is absent. Make the
// others with [Value] and [NullOf].
type Nullable[T any] struct {
	value T
	state uint8
}

// Value returns a Nullable that holds v.
func Value[T any](v T) Nullable[T] { return Nullable[T]{value: v, state: stateValue} }

// NullOf returns a Nullable that is written as null.
func NullOf[T any]() Nullable[T] { return Nullable[T]{state: stateNull} }

// Get returns the value and whether there is one. It returns the zero value
// and false for null and for an absent member.
func (n Nullable[T]) Get() (T, bool) { return n.value, n.state == stateValue }

// IsNull reports whether the member is there and null.
func (n Nullable[T]) IsNull() bool { return n.state == stateNull }

// IsZero reports whether the member is absent. It lets the option omitzero of
// encoding/json work.
func (n Nullable[T]) IsZero() bool { return n.state == stateAbsent }

// String returns the value as fmt prints it, or "null" or "absent".
func (n Nullable[T]) String() string {
	switch n.state {
	case stateValue:
		return fmt.Sprint(n.value)
	case stateNull:
		return "null"
	}
	return "absent"
}

// MarshalJSON writes the value, and null if there is none.
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

// Opt returns a pointer to v, which d has just read, or nil if it could not.
// It is how generated code fills an optional field:
//
//	x.Speed = wire.Opt(d, d.Float64())
func Opt[T any](d *Decoder, v T) *T {
	if d.flags&flagMismatch != 0 || d.reason != "" {
		return nil
	}
	return new(v)
}

// Hold makes n hold a zero value and returns that, for a struct to be read into.
// [Release] ends it. Between the two:
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

// Release makes n absent if what d has just read did not fit.
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
