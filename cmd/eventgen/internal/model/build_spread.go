package model

import (
	"slices"
	"strconv"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

// spread moves what stands beside a union into its arms: members, and an allOf. A union
// of schemas that only require members constrains the object, which stays one type.
func (b *builder) spread(s *load.Schema) (*load.Schema, error) {
	rest := *s
	rest.OneOf, rest.Disc, rest.EventUnion, rest.Null = nil, nil, false, false
	rest.Types = nil
	if len(rest.Properties) > 0 {
		rest.Types = []string{"object"}
	}
	constrains, err := b.constrains(s.OneOf)
	if err != nil {
		return nil, err
	}
	if constrains {
		b.doc.Warn(s.Position, "the union beside the members is not enforced: its schemas only require some of them")
		rest.Null = s.Null
		rest.Disc = s.Disc
		return b.simplify(&rest)
	}
	rest.Name, rest.GoName, rest.Description = "", "", ""
	rest.Derive("/rest")
	return b.distribute(s, s.OneOf, []*load.Schema{&rest})
}

// spreadPart makes a union of an allOf whose part at an index is a union.
func (b *builder) spreadPart(s *load.Schema, at int) (*load.Schema, error) {
	part, err := b.deref(s.AllOf[at])
	if err != nil {
		return nil, err
	}
	if part, err = b.simplify(part); err != nil {
		return nil, err
	}
	others := slices.Delete(slices.Clone(s.AllOf), at, at+1)
	constrains, err := b.constrains(part.OneOf)
	if err != nil {
		return nil, err
	}
	shaped := slices.ContainsFunc(others, func(o *load.Schema) bool {
		o, err := b.deref(o)
		return err == nil && (kindOf(o) != "" || len(o.OneOf) > 0 || len(o.AllOf) > 0 || len(o.Required) > 0)
	}) || len(s.Properties) > 0
	out := *s
	switch {
	case constrains:
		b.doc.Warn(part.Position, "the union in the allOf is not enforced: its schemas only require members")
		out.AllOf = others
		return b.simplify(&out)
	case !shaped: // Only annotations stand beside the union.
		for _, o := range others {
			if o, err = b.deref(o); err == nil {
				out.Null = out.Null || o.Null
			}
		}
		return b.inner(&out, part)
	}
	if len(s.Properties) > 0 {
		own := *s
		own.AllOf, own.Name, own.GoName, own.Description, own.Null = nil, "", "", "", false
		own.Derive("/rest")
		others = append(others, &own)
	}
	whole := *s
	whole.Disc, whole.Null, whole.Overlap = part.Disc, s.Null || part.Null, part.Overlap
	return b.distribute(&whole, part.OneOf, others)
}

// distribute returns a union whose arms are those given, each joined with the others.
func (b *builder) distribute(s *load.Schema, arms, others []*load.Schema) (*load.Schema, error) {
	out := *s
	out.AllOf, out.Properties, out.Required, out.Types, out.OneOf = nil, nil, nil, nil, nil
	for i, arm := range arms {
		target, err := b.deref(arm)
		if err != nil {
			return nil, err
		}
		joined := &load.Schema{Position: s.Position, AllOf: append(slices.Clone(others), arm), Hint: target.Name}
		joined.Derive("/with/" + strconv.Itoa(i))
		out.OneOf = append(out.OneOf, joined)
	}
	return &out, nil
}

// constrains reports whether schemas say nothing but which members an object has.
func (b *builder) constrains(arms []*load.Schema) (bool, error) {
	for _, arm := range arms {
		a, err := b.deref(arm)
		if err != nil {
			return false, err
		}
		if kind := kindOf(a); kind != "" && (kind != "object" || len(a.Properties) > 0 || a.Additional != nil) ||
			len(a.OneOf) > 0 || len(a.AllOf) > 0 {
			return false, nil
		}
	}
	return true, nil
}

// family returns the union of the schemas that extend s, which has a discriminator and no
// arms: those that the discriminator maps to, or else the components with an allOf of s.
// Without any, s is an object like others.
func (b *builder) family(s *load.Schema) (*load.Schema, error) {
	out := *s
	out.Properties, out.Required, out.Types, out.Additional = nil, nil, nil, nil
	add := func(ref string) {
		arm := &load.Schema{Position: s.Position, Ref: ref}
		arm.Derive("/mapping/" + strconv.Itoa(len(out.OneOf)))
		if !slices.ContainsFunc(out.OneOf, func(o *load.Schema) bool { return o.Ref == ref }) && ref != s.Pointer {
			out.OneOf = append(out.OneOf, arm)
		}
	}
	for _, v := range sortedKeys(s.Disc.Mapping) {
		ref := s.Disc.Mapping[v]
		if len(ref) > 0 && ref[0] != '#' {
			ref = load.Schemas + specdoc.Escape(ref)
		}
		if specdoc.At(b.doc.Root, ref) == nil {
			b.doc.Warn(s.Position, "the discriminator maps %q to %q, which does not exist", v, ref)
			continue
		}
		add(ref)
	}
	if len(s.Disc.Mapping) == 0 && s.Name != "" {
		for _, name := range b.doc.SchemaNames() {
			c, err := b.doc.PeekComponent(name)
			if err == nil && slices.ContainsFunc(c.AllOf, func(p *load.Schema) bool { return p.Ref == s.Pointer }) {
				add(load.Schemas + specdoc.Escape(name))
			}
		}
	}
	if len(out.OneOf) == 0 {
		plain := *s
		plain.Base = true
		return &plain, nil
	}
	return &out, nil
}
