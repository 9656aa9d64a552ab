package model

// spreadChecks sets HasChecks of the structs and unions that have bounds, or contain a
// value that has.
func (b *builder) spreadChecks() {
	for changed := true; changed; {
		changed = false
		for _, s := range b.pkg.Structs {
			if !s.HasChecks && s.checks() {
				s.HasChecks, changed = true, true
			}
		}
		for _, u := range b.pkg.Unions {
			if !u.HasChecks && u.checks() {
				u.HasChecks, changed = true, true
			}
		}
	}
}

func (s *Struct) checks() bool {
	if len(s.RequireOneOf) > 0 {
		return true
	}
	for _, f := range s.Fields {
		if f.Const == nil && (f.Checks.Any() || f.Required && f.Type.Kind == UnionKind || f.Type.HasChecks()) {
			return true
		}
	}
	return false
}

func (u *Union) checks() bool {
	for _, a := range u.Arms {
		if a.Struct != nil && a.Struct.HasChecks || a.Named != nil && a.Named.Type.HasChecks() {
			return true
		}
	}
	return false
}

func (s *Struct) needIsZero() {
	if s.NeedsIsZero {
		return
	}
	s.NeedsIsZero = true
	for _, f := range s.Fields {
		if f.Required && !f.Nullable && f.Type.Kind == StructKind {
			f.Type.Struct.needIsZero()
		}
	}
}
