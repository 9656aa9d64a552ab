package model

import (
	"cmp"
	"slices"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// simplify folds the notations that say less than they show: an allOf of one
// schema, a union of one schema, a string beside an enumeration of strings, and
// an allOf of several objects.
func (b *builder) simplify(s *load.Schema) (*load.Schema, error) {
	b.depth++
	defer func() { b.depth-- }()
	switch {
	case b.depth > maxDepth:
		return nil, s.Errorf("allOf or union goes in a circle")
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

// inner replaces a wrapper by the schema in it.
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
			return nil, part.Errorf("allOf joins objects only")
		}
		join(&out, p)
	}
	join(&out, s)
	return &out, nil
}

// join adds the members of an object schema to another one. A member that both
// have keeps its place and takes the later schema, which is the narrower one in
// the documents that do this.
func join(s, part *load.Schema) {
	for _, p := range part.Properties {
		at := slices.IndexFunc(s.Properties, func(q load.Property) bool { return q.Name == p.Name })
		if at >= 0 {
			s.Properties[at] = p
			continue
		}
		s.Properties = append(s.Properties, p)
	}
	s.Required = append(s.Required, part.Required...)
}

// openEnum folds "any string, or one of these strings" into one open type.
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

// kindOf is the JSON type that a schema allows, from its type keyword or from
// what else it says.
func kindOf(s *load.Schema) string {
	switch {
	case len(s.Types) > 0:
		return s.Types[0]
	case s.Properties != nil || s.Additional != nil:
		return "object"
	case s.Items != nil:
		return "array"
	case s.Const != nil:
		return s.Const.Kind
	case len(s.Enum) > 0:
		return s.Enum[0].Kind
	}
	return ""
}

// values are the known values of a schema, each once.
func values(s *load.Schema) []load.Value {
	if s.Const != nil {
		return []load.Value{*s.Const}
	}
	var out []load.Value
	for _, text := range s.Known {
		out = append(out, load.Value{Text: text, Kind: "string", Quoted: load.Quote(text)})
	}
	out = append(out, s.Enum...)
	seen := map[load.Value]bool{}
	return slices.DeleteFunc(out, func(v load.Value) bool {
		again := seen[v]
		seen[v] = true
		return again
	})
}

// constant is the only value that a schema allows, or nil.
func constant(s *load.Schema) *load.Value {
	if s.Const != nil {
		return s.Const
	}
	if len(s.Enum) == 1 && s.Name == "" && s.Known == nil {
		return &s.Enum[0]
	}
	return nil
}

// declared reports whether a component becomes a Go type of that name.
func declared(s *load.Schema) bool {
	return len(s.OneOf) > 0 || len(s.Properties) > 0 || s.Enum != nil || s.Known != nil || s.Additional != nil || len(s.AllOf) > 0
}

func checksOf(s *load.Schema) Checks {
	c := Checks{
		Min: s.Minimum, Max: s.Maximum, Pattern: s.Pattern,
		MinLen: s.MinLength, MaxLen: s.MaxLength, KeyMaxLen: s.PropertyNamesMaxLength,
	}
	if s.ExclusiveMinimum != nil {
		c.Min, c.MinOpen = s.ExclusiveMinimum, true
	}
	if s.ExclusiveMaximum != nil {
		c.Max, c.MaxOpen = s.ExclusiveMaximum, true
	}
	if s.MinItems != nil || s.MaxItems != nil {
		c.MinLen, c.MaxLen = s.MinItems, s.MaxItems
	}
	if s.MinProps != nil || s.MaxProps != nil {
		c.MinLen, c.MaxLen = s.MinProps, s.MaxProps
	}
	return c
}
