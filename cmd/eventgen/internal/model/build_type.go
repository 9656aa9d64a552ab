package model

import "github.com/voicelane/realtime-go/cmd/eventgen/internal/load"

// typeOf returns the Go type of a schema. hint names the type of an inline schema that
// needs a declaration.
func (b *builder) typeOf(s *load.Schema, hint string) (*Type, error) {
	s, err := b.deref(s)
	if err != nil {
		return nil, err
	}
	if t, ok := b.byPtr[s.Pointer]; ok {
		return t, nil
	}
	s, err = b.simplify(s)
	if err != nil {
		return nil, err
	}
	if t, ok := b.byPtr[s.Pointer]; ok {
		return t, nil
	}
	t, err := b.declareOrRead(s, hint)
	if err == nil {
		err = misplaced(s, t)
	}
	return t, err
}

func (b *builder) declareOrRead(s *load.Schema, hint string) (*Type, error) {
	switch {
	case len(s.OneOf) > 0:
		return b.union(s, hint)
	case kindOf(s) == "object" && len(s.Properties) > 0:
		return b.structType(s, hint)
	case kindOf(s) == "string" && len(values(s)) > 1, s.Known != nil, s.Name != "" && s.Enum != nil:
		return b.enum(s, hint)
	case kindOf(s) == "object" && s.Additional != nil:
		return b.mapType(s, hint)
	case kindOf(s) == "array":
		return b.sliceType(s, hint)
	}
	return b.scalar(s)
}

func (b *builder) sliceType(s *load.Schema, hint string) (*Type, error) {
	if s.Items == nil {
		return &Type{Kind: Raw}, nil
	}
	t := &Type{Kind: Slice, Checks: checksOf(s)}
	if s.Name != "" {
		hint = exported(s.Name)
	}
	// The pointer has an entry while the elements are read, since they may refer to the
	// list.
	b.byPtr[s.Pointer] = t
	defer delete(b.byPtr, s.Pointer)
	return t, b.element(t, s, s.Items, hint+"Item")
}

func (b *builder) mapType(s *load.Schema, hint string) (*Type, error) {
	t := &Type{Kind: Map, Checks: checksOf(s)}
	if s.Name != "" {
		hint = b.nameOf(s, hint)
		t.Name = hint
		b.declare(s, t, nil)
	}
	return t, b.element(t, s, s.Additional, hint+"Value")
}

// element sets the element type of a list or map t. of is the schema of t, elem that of
// the elements.
func (b *builder) element(t *Type, of, elem *load.Schema, hint string) error {
	null, err := b.nullable(elem)
	if err := b.warn(err); err != nil {
		return err
	}
	if hint, err = b.inlineName(elem, hint); err != nil {
		return err
	}
	if t.Elem, err = b.typeOf(elem, hint); err != nil {
		if err := b.warn(err); err != nil {
			return err
		}
		t.Elem = &Type{Kind: Raw}
	}
	switch {
	case null && t.Elem.Kind == UnionKind:
		t.Elem.Union.Null = true
	case null:
		t.Elem = &Type{Kind: NullableKind, Elem: t.Elem}
	}
	for e := t.Elem; e != nil; e = e.Elem {
		if e == t {
			b.doc.Warn(of.Position, "contains only itself: its elements are raw JSON")
			t.Elem = &Type{Kind: Raw}
			break
		}
	}
	return nil
}
