package model

// finish computes what needs the whole package: which types have bounds to
// check, which need a zero test or a pointer to themselves, and the constructors.
func (b *builder) finish() error {
	for _, u := range b.pkg.Unions {
		if u.Event && u.Null {
			return u.Position.Errorf("an event union has no null")
		}
	}
	if err := b.recursion(); err != nil {
		return err
	}
	b.spreadChecks()
	for _, s := range b.pkg.Structs {
		for _, f := range s.Fields {
			if f.Required && !f.Nullable && f.Type.Kind == StructKind {
				f.Type.Struct.needIsZero()
			}
		}
	}
	b.groups()
	b.collections()
	for _, p := range b.constructors {
		c, err := b.constructor(p.on, p.spec)
		if err != nil {
			return err
		}
		p.on.Constructors = append(p.on.Constructors, c)
	}
	return nil
}

// recursion finds the structs that hold themselves. A nullable member then holds
// a pointer; a required one has no end, neither in Go nor in JSON.
func (b *builder) recursion() error {
	for _, s := range b.pkg.Structs {
		for _, f := range s.Fields {
			f.Boxed = f.Nullable && f.Type.Kind == StructKind && f.Type.Struct.holds(s, map[*Struct]bool{})
		}
	}
	for _, s := range b.pkg.Structs {
		for _, f := range s.Fields {
			if f.byValue() && f.Type.Struct.holds(s, map[*Struct]bool{}) {
				return s.Position.Errorf("the required member %q holds its own object without end", f.Wire)
			}
		}
	}
	return nil
}

// holds reports whether a value of s has a value of other in it.
func (s *Struct) holds(other *Struct, seen map[*Struct]bool) bool {
	if s == other {
		return true
	}
	if seen[s] {
		return false
	}
	seen[s] = true
	for _, f := range s.Fields {
		if f.byValue() && f.Type.Struct.holds(other, seen) {
			return true
		}
	}
	return false
}

// byValue reports whether the field has a struct in itself and no pointer to it.
func (f *Field) byValue() bool {
	return f.Type.Kind == StructKind && !f.Boxed && !f.Pointer()
}

// spreadChecks marks what has bounds to check, itself or in what it holds.
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
