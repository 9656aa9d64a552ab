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
func (u *Union) Unknown() string { return "Unknown" + u.Name }

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

// OpenToAll reports whether the open arm is also for objects with an unknown value of
// the first key: its struct has a field for the value.
func (u *Union) OpenToAll() bool { return u.Open != nil && u.Open.field(u.Keys[0]) != nil }

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
	out := &Switch{Key: u.Keys[0]}
	second := map[string]*Switch{}
	var shared []*Choice
	for _, a := range u.Arms {
		switch {
		case len(a.Values) == 0: // Not an object, or the open arm.
		case len(a.Values) == 1:
			out.Cases = append(out.Cases, &Choice{Values: append([]string{a.Values[0]}, a.Aliases...), Struct: a.Struct})
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
	if structs := u.structs(); len(u.Keys) == 0 && len(structs) == 1 {
		return structs[0]
	}
	return nil
}

// JSONKind returns the JSON kind of the arm's values.
func (a *Arm) JSONKind() string {
	if a.Named != nil {
		return a.Named.Type.JSONKind()
	}
	return "Object"
}
