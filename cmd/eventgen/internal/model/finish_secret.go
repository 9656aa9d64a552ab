package model

import "slices"

// spreadSecrets sets HoldsSecret of the structs that have a secret, or contain a value
// that may have one.
func (b *builder) spreadSecrets() {
	for changed := true; changed; {
		changed = false
		for _, s := range b.pkg.Structs {
			if !s.HoldsSecret && s.holdsSecret() {
				s.HoldsSecret, changed = true, true
			}
		}
	}
}

func (s *Struct) holdsSecret() bool {
	if s.HasSecret {
		return true
	}
	for _, f := range s.Fields {
		if f.Const == nil && f.Type.holdsSecret() {
			return true
		}
	}
	return false
}

// holdsSecret reports whether a value of the type may hold a secret. Seen are the types
// that the search is within, since a named type can contain itself.
func (t *Type) holdsSecret(seen ...*Type) bool {
	if slices.Contains(seen, t) {
		return false
	}
	seen = append(seen, t)
	switch t.Kind {
	case StructKind:
		return t.Struct.HoldsSecret
	case UnionKind:
		return slices.ContainsFunc(t.Union.Arms, func(a *Arm) bool {
			return a.Struct != nil && a.Struct.HoldsSecret || a.Named != nil && a.Named.Type.holdsSecret(seen...)
		})
	case Slice, Map, NullableKind:
		return t.Elem.holdsSecret(seen...)
	default:
		return false
	}
}
