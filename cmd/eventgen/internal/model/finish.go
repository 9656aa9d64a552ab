package model

// finish does the steps that need all types: recursion, checks, secrets, zero tests, groups,
// collections and constructors.
func (b *builder) finish() error {
	b.recursion()
	b.spreadChecks()
	b.spreadSecrets()
	b.describe()
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

// recursion finds the structs that contain themselves. A nullable member then holds a
// pointer. A required member counts as optional, since neither Go nor JSON has such a
// value.
func (b *builder) recursion() {
	for _, s := range b.pkg.Structs {
		for _, f := range s.Fields {
			f.Boxed = f.Nullable && f.Type.Kind == StructKind && f.Type.Struct.holds(s, map[*Struct]bool{})
		}
	}
	for _, s := range b.pkg.Structs {
		for _, f := range s.Fields {
			if f.byValue() && f.Type.Struct.holds(s, map[*Struct]bool{}) {
				b.doc.Warn(s.Position, "the required member %q contains its own object, which is never complete: it counts as optional", f.Wire)
				f.Required = false
			}
		}
	}
}

// holds reports whether a value of s contains a value of other.
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
