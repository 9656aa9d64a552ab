package model

// Switch chooses among the object variants of a union by the text of a member.
type Switch struct {
	Key   string
	Cases []*Choice
}

// Choice is what some values of a member choose: a variant, or a switch by another
// member.
type Choice struct {
	Values []string
	Struct *Struct
	Switch *Switch
}

// Switch is how the object variants are told apart, or nil if there is one alone.
func (u *Union) Switch() *Switch {
	if len(u.Keys) == 0 {
		return nil
	}
	out := &Switch{Key: u.Keys[0]}
	second := map[string]*Switch{}
	var shared []*Choice
	for _, a := range u.Arms {
		switch {
		case len(a.Values) == 0: // It is no object, or the open arm.
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

// Alone is the one object variant that no member has to tell, or nil.
func (u *Union) Alone() *Struct {
	if structs := u.structs(); len(u.Keys) == 0 && len(structs) == 1 {
		return structs[0]
	}
	return nil
}
