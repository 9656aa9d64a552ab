package model

// finish computes what needs the whole package: which types have bounds to
// check, which need a zero test, and the constructors.
func (b *builder) finish() error {
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
	for _, s := range b.pkg.Structs {
		for _, f := range s.Fields {
			if f.Required && !f.Nullable && f.Type.Kind == StructKind {
				f.Type.Struct.needIsZero()
			}
		}
	}
	for _, p := range b.constructors {
		c, err := b.constructor(p.on, p.spec)
		if err != nil {
			return err
		}
		p.on.Constructors = append(p.on.Constructors, c)
	}
	return nil
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

// HasChecks reports whether a value of the type has bounds of its own to check.
func (t *Type) HasChecks() bool {
	switch t.Kind {
	case StructKind:
		return t.Struct.HasChecks
	case UnionKind:
		return t.Union.HasChecks
	case Slice, Map:
		return t.Name != "" && t.Checks.Any() || t.Elem.Checks.Any() || t.Elem.HasChecks()
	}
	return t.Name != "" && t.Checks.Any()
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
