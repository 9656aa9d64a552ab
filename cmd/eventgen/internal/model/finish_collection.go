package model

// collections adds the slice and map types, one for each function that reads them.
func (b *builder) collections() {
	seen := map[string]bool{}
	var visit func(t *Type)
	visit = func(t *Type) {
		switch t.Kind {
		case NullableKind:
			visit(t.Elem)
		case Slice, Map:
			visit(t.Elem)
			if name := t.Collection(); !seen[name] {
				seen[name] = true
				b.pkg.Collections = append(b.pkg.Collections, &Type{Kind: t.Kind, Name: name, Elem: t.Elem})
			}
		default: // It has no elements.
		}
	}
	for _, s := range b.pkg.Structs {
		for _, f := range s.Fields {
			visit(f.Type)
		}
	}
	for _, n := range b.pkg.Named {
		visit(n.Type)
	}
}
