package model

import (
	"cmp"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// simplify replaces notations by simpler schemas: an allOf of one schema, a union of one
// schema, a union of a string and enumerations of strings, and an allOf of objects.
func (b *builder) simplify(s *load.Schema) (*load.Schema, error) {
	b.depth++
	defer func() { b.depth-- }()
	switch {
	case b.depth > maxDepth:
		return nil, s.Errorf("allOf or union contains itself")
	case len(s.AllOf) == 1 && s.Properties == nil:
		return b.inner(s, s.AllOf[0])
	case len(s.AllOf) > 0:
		return b.merged(s)
	case len(s.OneOf) == 1 && s.Disc == nil && !s.EventUnion:
		return b.inner(s, s.OneOf[0])
	case len(s.OneOf) > 1:
		return b.openEnum(s)
	}
	return s, nil
}

// inner returns the schema inside a wrapper.
func (b *builder) inner(s, in *load.Schema) (*load.Schema, error) {
	in, err := b.deref(in)
	if err != nil {
		return nil, err
	}
	if in, err = b.simplify(in); err != nil {
		return nil, err
	}
	out := *in
	out.Null = s.Null || in.Null
	if out.Name == "" {
		out.Name, out.Position = s.Name, s.Position
		out.GoPrefix = cmp.Or(s.GoPrefix, in.GoPrefix)
		out.Description = cmp.Or(s.Description, in.Description)
	}
	return &out, nil
}

// merged joins the members of several object schemas.
func (b *builder) merged(s *load.Schema) (*load.Schema, error) {
	out := *s
	out.AllOf, out.Properties, out.Required = nil, nil, nil
	out.Types = []string{"object"}
	for _, part := range s.AllOf {
		p, err := b.deref(part)
		if err != nil {
			return nil, err
		}
		if p, err = b.simplify(p); err != nil {
			return nil, err
		}
		if len(p.OneOf) > 0 || (kindOf(p) != "object" && kindOf(p) != "") {
			return nil, part.Errorf("allOf is supported for objects only")
		}
		join(&out, p)
	}
	join(&out, s)
	return &out, nil
}

// openEnum replaces a union of any string and enumerations of strings by one string with
// known values.
func (b *builder) openEnum(s *load.Schema) (*load.Schema, error) {
	var known []load.Value
	null := s.Null
	for _, arm := range s.OneOf {
		a, err := b.deref(arm)
		if err != nil {
			return nil, err
		}
		if a, err = b.simplify(a); err != nil {
			return nil, err
		}
		if kindOf(a) != "string" || len(a.OneOf) > 0 || a.ContentEncoding != "" {
			return s, nil
		}
		known = append(known, values(a)...)
		null = null || a.Null
	}
	if known == nil {
		return s, nil
	}
	out := *s
	out.OneOf, out.Types, out.Known, out.Null = nil, []string{"string"}, nil, null
	for _, v := range known {
		out.Known = append(out.Known, v.Text)
	}
	return &out, nil
}

// nullable reports whether a schema allows null: itself, through a reference, or by an
// arm of its union.
func (b *builder) nullable(s *load.Schema) (bool, error) {
	for range maxDepth {
		switch {
		case s.Null:
			return true, nil
		case s.Ref == "":
			s, err := b.simplify(s)
			return err == nil && s.Null, err
		}
		target, err := b.doc.Resolve(s.Ref, s.Position)
		if err != nil {
			return false, err
		}
		s = target
	}
	return false, s.Errorf("reference refers to itself")
}
