package model

import (
	"strconv"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// GoType returns the field's type in the struct.
func (f *Field) GoType() string {
	switch {
	case f.Nullable:
		return "Nullable[" + f.Held() + "]"
	case f.Required || f.Type.NilIsAbsent():
		return f.Type.Go()
	}
	return "*" + f.Type.Go()
}

// Held returns the type of a nullable field's value.
func (f *Field) Held() string {
	if f.Boxed {
		return "*" + f.Type.Go()
	}
	return f.Type.Go()
}

// Pointer reports whether the field is a pointer to its type.
func (f *Field) Pointer() bool {
	return !f.Nullable && !f.Required && !f.Type.NilIsAbsent()
}

// Form returns how the field is read: the templates "decode …" have one for each form.
func (f *Field) Form() string {
	switch {
	case f.EventTypes != nil:
		return "type"
	case f.Const != nil:
		return "constant"
	case f.Boxed:
		return "boxed"
	case f.Nullable:
		return "nullable"
	case f.Pointer() && f.Type.Kind == StructKind:
		return "optional struct"
	case f.Pointer() && f.Type.Kind == String:
		return "optional text"
	case f.Pointer():
		return "optional"
	case f.Type.Kind == StructKind:
		return "struct"
	case f.Type.Kind == UnionKind:
		return "union"
	case f.Unshared:
		return "unshared"
	}
	return "value"
}

// First reports whether the member is the first of its object.
func (f *Field) First() bool { return f.Index == 1 }

// Quoted returns the member's name as JSON.
func (f *Field) Quoted() string { return load.Quote(f.Wire) }

// IsSet returns the condition that the optional field of x has a value.
func (f *Field) IsSet() string {
	if f.Nullable {
		return "!x." + f.Name + ".IsZero()"
	}
	return "x." + f.Name + " != nil"
}

// IsZero returns the condition that the field of x is zero.
func (f *Field) IsZero() string {
	v := "x." + f.Name
	switch {
	case f.Nullable:
		return v + ".IsZero()"
	case f.Pointer() || f.Type.NilIsAbsent():
		return v + " == nil"
	}
	switch f.Type.Kind {
	case String:
		return v + ` == ""`
	case Bool:
		return "!" + v
	case StructKind:
		return v + ".isZero()"
	case Time:
		return v + ".IsZero()"
	default:
		return v + " == 0"
	}
}

// zeroValue returns the expression of the field's zero value.
func (f *Field) zeroValue() string {
	switch {
	case f.Nullable:
		return "Nullable[" + f.Held() + "]{}"
	case f.Pointer() || f.Type.NilIsAbsent():
		return "nil"
	}
	switch f.Type.Kind {
	case String:
		return `""`
	case Bool:
		return "false"
	case StructKind, Time:
		return f.Type.Go() + "{}"
	default:
		return "0"
	}
}

// textType returns the Go type of a string member.
func (f *Field) textType() string {
	if f.Const != nil {
		return "string"
	}
	return f.Type.Go()
}

// text returns the expression for a string member of the struct v.
func (f *Field) text(v string) string {
	switch v += "." + f.Name; {
	case f.Const != nil:
		return strconv.Quote(f.Const.Text)
	case f.Nullable:
		return "wire.OrZero(" + v + ")"
	case f.Pointer():
		return "wire.Deref(" + v + ")"
	}
	return v
}

// byValue reports whether the field contains a struct, rather than a pointer to it.
func (f *Field) byValue() bool {
	return f.Type.Kind == StructKind && !f.Boxed && !f.Pointer()
}

// Masked returns what is printed in place of a secret: "REDACTED" for a string that is
// required, otherwise the zero value, as if it were absent.
func (f *Field) Masked() string {
	if f.GoType() == "string" {
		return `"REDACTED"`
	}
	return "*new(" + f.GoType() + ")"
}
