package model

import (
	"slices"
	"strings"
)

// Key returns the member that tells the variants apart.
func (u *Union) Key() string {
	if len(u.Keys) == 0 {
		return "type"
	}
	return u.Keys[0]
}

// Unknown returns the name of the variant for values that no arm describes.
func (u *Union) Unknown() string {
	if u.unknown == "" {
		return "Unknown" + u.Name
	}
	return u.unknown
}

// Decode returns the name of the function that decodes a value.
func (u *Union) Decode() string {
	if u.decode == "" {
		return "Decode" + u.Name
	}
	return u.decode
}

// BlurredNames returns a sentence about the variants that cannot be told apart, for the
// documentation of the unknown variant, or "".
func (u *Union) BlurredNames() string {
	blurred := u.Blurred()
	if len(blurred) == 0 {
		return ""
	}
	names := make([]string, len(blurred))
	for i, a := range blurred {
		names[i] = "[" + a.GoName() + "]"
	}
	last := len(names) - 1
	return "Values of " + strings.Join(names[:last], ", ") + " and " + names[last] +
		" arrive as this variant where nothing tells them apart: its methods read them."
}

// Blurred returns the arms whose values can arrive as the unknown variant.
func (u *Union) Blurred() []*Arm {
	return slices.DeleteFunc(slices.Clone(u.Arms), func(a *Arm) bool { return !a.Blurred })
}

// GoName returns the name of the arm's type.
func (a *Arm) GoName() string {
	if a.Named != nil {
		return a.Named.Type.Name
	}
	return a.Struct.Name
}

// Variants returns a sentence with the variants for the union's documentation.
func (u *Union) Variants() string {
	var names []string
	for _, a := range u.Arms {
		if a.Struct != nil {
			names = append(names, "[*"+a.Struct.Name+"]")
		} else {
			names = append(names, "["+a.Named.Type.Name+"]")
		}
	}
	if u.Null {
		names = append(names, "[Null]")
	}
	return "Variants: " + strings.Join(append(names, "[*"+u.Unknown()+"]"), ", ") + "."
}

// Reusable returns the events with bytes. A decoder can reuse their memory.
func (u *Union) Reusable() []*Struct {
	var out []*Struct
	for _, a := range u.Arms {
		if u.Event && a.Struct.BytesField() != nil {
			out = append(out, a.Struct)
		}
	}
	return out
}

// HasAliases reports whether an event of the union has older names.
func (u *Union) HasAliases() bool {
	return slices.ContainsFunc(u.Arms, func(a *Arm) bool { return len(a.Aliases) > 0 })
}

// structs returns the object variants of a union.
func (u *Union) structs() []*Struct {
	var out []*Struct
	for _, a := range u.Arms {
		if a.Struct != nil {
			out = append(out, a.Struct)
		}
	}
	return out
}

// Switch returns the switch over the object variants, or nil if there is only one.
func (u *Union) Switch() *Switch {
	if len(u.Keys) == 0 {
		return nil
	}
	out := &Switch{Key: u.Keys[0], Literal: u.Literal}
	second := map[string]*Switch{}
	var shared []*Choice
	for _, a := range u.Arms {
		switch {
		case len(a.Values) == 0: // Not an object, or the open arm, or a blurred one.
		case a.Blurred && a.more == nil && a.Struct.constant(u.Keys[0]) != "" && len(a.Values) == 1:
		case len(a.Values) == 1:
			out.Cases = append(out.Cases, &Choice{Values: slices.Concat(a.Values, a.more, a.Aliases), Struct: a.Struct})
		default:
			in := second[a.Values[0]]
			if in == nil {
				in = &Switch{Key: u.Keys[1]}
				second[a.Values[0]] = in
				shared = append(shared, &Choice{Values: a.Values[:1], Switch: in})
			}
			in.Cases = append(in.Cases, &Choice{Values: a.Values[1:], Struct: a.Struct})
		}
	}
	out.Cases = append(out.Cases, shared...)
	return out
}

// Alone returns the only object variant of a union without keys, or nil.
func (u *Union) Alone() *Struct {
	structs := u.structs()
	if len(u.Keys) > 0 || len(structs) != 1 || slices.ContainsFunc(u.Blurred(), func(a *Arm) bool { return a.Struct != nil }) {
		return nil
	}
	return structs[0]
}

// JSONKind returns the JSON kind of the arm's values.
func (a *Arm) JSONKind() string {
	if a.Named != nil {
		return a.Named.Type.JSONKind()
	}
	return "Object"
}
