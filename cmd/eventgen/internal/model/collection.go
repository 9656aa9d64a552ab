package model

import "strings"

// collections lists the slice and map types, one for each function that reads them.
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
		default: // It holds no elements.
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

// Collection names what a type with elements is: StringSlice, ItemOrNullMap. Types
// of one name are read alike.
func (t *Type) Collection() string {
	kind := map[Kind]string{Slice: "Slice", Map: "Map", NullableKind: "OrNull"}[t.Kind]
	if t.Elem.Name == "" {
		switch t.Elem.Kind {
		case Slice, Map, NullableKind:
			return t.Elem.Collection() + kind
		case Raw, Bytes:
			return t.Elem.Kind.String() + kind
		default: // Its Go name will do.
		}
	}
	name := t.Elem.Go()
	return strings.ToUpper(name[:1]) + name[1:] + kind
}
