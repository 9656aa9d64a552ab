package model

import "strings"

// String returns the kind's name, which is part of the names of templates.
func (k Kind) String() string {
	return [...]string{
		"", "String", "Bool", "Int", "Int64", "Float", "Bytes", "Raw", "Struct", "Union", "Slice", "Map", "Nullable", "Time",
	}[k]
}

// Go returns the type in Go's notation.
func (t *Type) Go() string {
	if t.Name != "" {
		return t.Name
	}
	return t.Base()
}

// Base returns the type without its name in Go's notation.
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
	case Time:
		return "Time"
	default:
		return t.Name
	}
}

// IsSlice reports whether the type is a slice of elements.
func (t *Type) IsSlice() bool { return t.Kind == Slice }

// IsNullable reports whether the type is that of a nullable element.
func (t *Type) IsNullable() bool { return t.Kind == NullableKind }

// JSONKind returns the JSON kind of the type's values.
func (t *Type) JSONKind() string {
	switch t.Kind {
	case String, Time:
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

// NilIsAbsent reports whether nil is a value of the Go type and means absent.
func (t *Type) NilIsAbsent() bool {
	switch t.Kind {
	case Bytes, Raw, UnionKind, Slice, Map:
		return true
	default:
		return false
	}
}

// HasChecks reports whether values of the type have bounds.
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
		return t.Name != "" && (t.Checks.Any() || t.Closed)
	}
}

// Collection returns a name for a type with elements, such as StringSlice or
// ItemOrNullMap. Types of one name are read by the same function.
func (t *Type) Collection() string {
	kind := map[Kind]string{Slice: "Slice", Map: "Map", NullableKind: "OrNull"}[t.Kind]
	if t.Elem.Name == "" {
		switch t.Elem.Kind {
		case Slice, Map, NullableKind:
			return t.Elem.Collection() + kind
		case Raw, Bytes:
			return t.Elem.Kind.String() + kind
		default: // The Go name below.
		}
	}
	name := t.Elem.Go()
	return strings.ToUpper(name[:1]) + name[1:] + kind
}

// Any reports whether there is a bound.
func (c Checks) Any() bool {
	return c.Min != nil || c.Max != nil || c.MinLen != nil || c.MaxLen != nil || c.KeyMaxLen != nil || c.Pattern != ""
}

// Constants returns the known values of a string type. As variants of a union they need
// no allocation.
func (n *Named) Constants() []Value {
	if n.Type.JSONKind() != "String" {
		return nil
	}
	return n.Values
}
