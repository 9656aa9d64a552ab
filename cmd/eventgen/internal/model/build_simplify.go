package model

import (
	"cmp"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// minSteps is the least bound of the work on notations, which references to references
// can multiply. Each value of the document adds a step to it; the largest documents known
// take a tenth of that.
const minSteps = 1 << 17

// simplify replaces notations by simpler schemas: an allOf of one schema, a union of one
// schema, a union of a string and enumerations of strings, an allOf of objects, members
// beside a union, and a schema whose discriminator maps to schemas that extend it.
func (b *builder) simplify(s *load.Schema) (*load.Schema, error) {
	b.depth++
	b.steps++
	defer func() { b.depth-- }()
	switch {
	case b.depth > maxDepth:
		return nil, s.Errorf("allOf or union contains itself")
	case b.steps > b.maxSteps:
		return nil, s.Errorf("the schemas refer to each other too often: more than %d are read", b.maxSteps)
	case len(s.OneOf) > 0 && (len(s.Properties) > 0 || len(s.AllOf) > 0):
		return b.spread(s)
	case len(s.AllOf) == 1 && s.Properties == nil:
		return b.inner(s, s.AllOf[0])
	case len(s.AllOf) > 0:
		return b.merged(s)
	case len(s.OneOf) == 1 && s.Disc == nil && !s.EventUnion:
		return b.inner(s, s.OneOf[0])
	case len(s.OneOf) > 1:
		return b.openEnum(s)
	case s.Disc != nil && len(s.OneOf) == 0 && !s.Base:
		return b.family(s)
	}
	return s, nil
}

// inner returns the schema inside a wrapper. A wrapper with known values of its own
// narrows it.
func (b *builder) inner(s, in *load.Schema) (*load.Schema, error) {
	in, err := b.deref(in)
	if err != nil {
		return nil, err
	}
	if in, err = b.simplify(in); err != nil {
		return nil, err
	}
	if len(in.OneOf) == 0 && (constant(s) != nil || s.Enum != nil && in.Enum == nil && in.Known == nil) {
		out := *s
		out.AllOf, out.OneOf = nil, nil
		if out.Types == nil {
			out.Types = in.Types
		}
		out.Null = s.Null || in.Null
		out.Description = cmp.Or(s.Description, in.Description)
		return &out, nil
	}
	out := *in
	out.Null = s.Null || in.Null
	if len(s.Required) > 0 && len(in.Properties) > 0 {
		out.Name, out.Position = s.Name, s.Position
		out.Required = append(append([]string{}, in.Required...), s.Required...)
	}
	if out.Name == "" {
		out.Name, out.Position = s.Name, s.Position
		out.GoPrefix = cmp.Or(s.GoPrefix, in.GoPrefix)
		out.Description = cmp.Or(s.Description, in.Description)
	}
	return &out, nil
}

// merged joins the parts of an allOf: the members of several object schemas, or one
// schema and annotations. A part that is a union makes a union of the whole.
func (b *builder) merged(s *load.Schema) (*load.Schema, error) {
	var parts []*load.Schema
	var shaped []*load.Schema // The parts that say what values look like.
	null := s.Null
	for _, part := range s.AllOf {
		p, err := b.deref(part)
		if err != nil {
			return nil, err
		}
		if p.Disc != nil && len(p.OneOf) == 0 {
			base := *p
			base.Base = true // A schema that others extend.
			p = &base
		}
		if p, err = b.simplify(p); err != nil {
			return nil, err
		}
		null = null || p.Null
		parts = append(parts, p)
		if len(p.OneOf) > 0 {
			return b.spreadPart(s, len(parts)-1)
		}
		if kindOf(p) != "" {
			shaped = append(shaped, p)
		}
	}
	if len(shaped) == 1 && s.Properties == nil && (kindOf(shaped[0]) != "object" || !requires(parts)) {
		return b.annotated(s, shaped[0], parts, null)
	}
	out := *s
	out.AllOf, out.Properties, out.Required = nil, nil, nil
	out.Types, out.Null = []string{"object"}, s.Null
	for i, p := range parts {
		if kindOf(p) != "object" && kindOf(p) != "" {
			return nil, s.AllOf[i].Errorf("allOf is supported for objects only")
		}
		out.Additional = cmp.Or(out.Additional, p.Additional)
		out.Description = cmp.Or(out.Description, p.Description)
		join(&out, p)
	}
	join(&out, s)
	if len(out.Properties) > 0 {
		out.Additional = s.Additional
	}
	return &out, nil
}

// requires reports whether a part without members requires some.
func requires(parts []*load.Schema) bool {
	for _, p := range parts {
		if len(p.Required) > 0 && len(p.Properties) == 0 {
			return true
		}
	}
	return false
}

// annotated returns the one part of an allOf that has a shape, with the bounds, values
// and null of the others.
func (b *builder) annotated(s, shape *load.Schema, parts []*load.Schema, null bool) (*load.Schema, error) {
	wrapper := *s
	wrapper.Null = null
	for _, p := range parts {
		if p != shape {
			wrapper.Const = cmp.Or(wrapper.Const, p.Const)
			wrapper.Description = cmp.Or(wrapper.Description, p.Description)
		}
	}
	return b.inner(&wrapper, shape)
}

// openEnum replaces a union of any string and enumerations of strings by one string with
// known values, and a union of constants or ranges of one other scalar type by one of
// that type.
func (b *builder) openEnum(s *load.Schema) (*load.Schema, error) {
	var known []load.Value
	kind, null, all := "", s.Null, true
	for _, arm := range s.OneOf {
		a, err := b.deref(arm)
		if err != nil {
			return nil, err
		}
		if a, err = b.simplify(a); err != nil {
			return nil, err
		}
		k := kindOf(a)
		if k == "integer" && kind == "number" || k == "number" && kind == "integer" {
			k, kind = "number", "number"
		}
		scalar := k == "string" && a.ContentEncoding == "" || k == "integer" || k == "number" || k == "boolean"
		if !scalar || len(a.OneOf) > 0 || kind != "" && k != kind {
			return s, nil
		}
		vals := titled(a, values(a))
		kind, all = k, all && len(vals) > 0
		known = append(known, vals...)
		null = null || a.Null
	}
	out := *s
	out.OneOf, out.Types, out.Known, out.Enum, out.Null = nil, []string{kind}, nil, nil, null
	if kind != "string" {
		if all && kind != "boolean" {
			out.Enum = known
		}
		return &out, nil
	}
	for _, v := range known {
		out.Known = append(out.Known, v.Text)
	}
	return &out, nil
}

// titled gives the only value of a schema the name that its title is.
func titled(s *load.Schema, vals []load.Value) []load.Value {
	if len(vals) == 1 && s.Title != "" && vals[0].Kind != "string" {
		return []load.Value{vals[0].Named(s.Title)}
	}
	return vals
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
