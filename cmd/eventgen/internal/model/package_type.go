package model

import "strings"

// String is the kind's name, by which the templates find how to print it.
func (k Kind) String() string {
	return [...]string{
		"", "String", "Bool", "Int", "Int64", "Float", "Bytes", "Raw", "Struct", "Union", "Slice", "Map", "Nullable",
	}[k]
}

// Go is the type as it is written in Go.
func (t *Type) Go() string {
	if t.Name != "" {
		return t.Name
	}
	return t.Base()
}

// Base is the type without its name.
func (t *Type) Base() string {
	switch t.Kind {
	case String:
		return "string"
	case Bool:
		return "bool"
	case Int:
		return "int"
	case Int64:
		return "int64"
	case Float:
		return "float64"
	case Bytes:
		return "[]byte"
	case Raw:
		return "json.RawMessage"
	case Slice:
		return "[]" + t.Elem.Go()
	case Map:
		return "map[string]" + t.Elem.Go()
	case NullableKind:
		return "Nullable[" + t.Elem.Go() + "]"
	default:
		return t.Name
	}
}

// IsSlice reports whether the type is a slice of elements.
func (t *Type) IsSlice() bool { return t.Kind == Slice }

// IsNullable reports whether the type is that of an element that can be null.
func (t *Type) IsNullable() bool { return t.Kind == NullableKind }

// JSONKind is the kind of JSON value that the type is written as.
func (t *Type) JSONKind() string {
	switch t.Kind {
	case String:
		return "String"
	case Bool:
		return "Bool"
	case Int, Int64, Float:
		return "Number"
	case Slice:
		return "Array"
	default:
		return "Object"
	}
}

// NilIsAbsent reports whether the Go type has a nil that means "absent".
func (t *Type) NilIsAbsent() bool {
	switch t.Kind {
	case Bytes, Raw, UnionKind, Slice, Map:
		return true
	default:
		return false
	}
}

// HasChecks reports whether a value of the type has bounds of its own to check.
func (t *Type) HasChecks() bool {
	switch t.Kind {
	case StructKind:
		return t.Struct.HasChecks
	case UnionKind:
		return t.Union.HasChecks
	case NullableKind:
		return t.Elem.Checks.Any() || t.Elem.HasChecks()
	case Slice, Map:
		return t.Name != "" && t.Checks.Any() || t.Elem.Checks.Any() || t.Elem.HasChecks()
	default:
		return t.Name != "" && t.Checks.Any()
	}
}

// Collection names what a type with elements is: StringSlice, ItemOrNullMap. Types
// of one name are read alike.
func (t *Type) Collection() string {
	kind := map[Kind]string{Slice: "Slice", Map: "Map", NullableKind: "OrNull"}[t.Kind]
	if t.Elem.Name == "" {
		switch t.Elem.Kind {
		case Slice, Map, NullableKind:
			return t.Elem.Collection() + kind
		case Raw, Bytes:
			return t.Elem.Kind.String() + kind
		default: // Its Go name will do.
		}
	}
	name := t.Elem.Go()
	return strings.ToUpper(name[:1]) + name[1:] + kind
}

// Any reports whether there is anything to check.
func (c Checks) Any() bool {
	return c.Min != nil || c.Max != nil || c.MinLen != nil || c.MaxLen != nil || c.KeyMaxLen != nil || c.Pattern != ""
}

// Constants are the known values of a text. As variants of a union they take no
// memory.
func (n *Named) Constants() []Value {
	if n.Type.JSONKind() != "String" {
		return nil
	}
	return n.Values
}
