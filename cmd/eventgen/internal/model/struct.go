package model

import (
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// maxFields is how many members a struct may have: decoding keeps track of them
// in the bits of one word.
const maxFields = 64

func (b *builder) structType(s *load.Schema, hint string) (*Type, error) {
	if s.Name == "" {
		hint = b.unique(hint)
	}
	if len(s.Properties) > maxFields {
		return nil, s.Errorf("an object with more than %d members", maxFields)
	}
	st := &Struct{Name: hint, Doc: s.Description, Aliases: s.Aliases, Position: s.Position}
	t := &Type{Kind: StructKind, Name: hint, Struct: st}
	b.byPtr[s.Pointer] = t
	b.taken[hint] = true
	b.pkg.Structs = append(b.pkg.Structs, st)
	names := map[string]bool{"Extra": true}
	for i, p := range s.Properties {
		f, err := b.field(s, p, hint)
		if err != nil {
			return nil, err
		}
		if names[f.Name] {
			return nil, p.Schema.Errorf("the Go name %s is taken by another member", f.Name)
		}
		names[f.Name] = f.Const == nil
		f.Index = i + 1
		st.Fields = append(st.Fields, f)
	}
	for _, name := range s.RequireOneOf {
		f := st.field(name)
		if f == nil || f.Required {
			return nil, s.Errorf("x-require-one-of names %q, which is no optional member", name)
		}
		st.RequireOneOf = append(st.RequireOneOf, f)
	}
	for _, c := range s.Constructors {
		b.constructors = append(b.constructors, pendingConstructor{c, st})
	}
	return t, nil
}

func (s *Struct) field(wire string) *Field {
	for _, f := range s.Fields {
		if f.Wire == wire {
			return f
		}
	}
	return nil
}

func (b *builder) field(owner *load.Schema, p load.Property, hint string) (*Field, error) {
	f := &Field{Wire: p.Name, Name: goName(p.Name), Doc: p.Schema.Description, Required: owner.IsRequired(p.Name)}
	if p.Schema.GoName != "" {
		f.Name = p.Schema.GoName
	}
	null, err := b.nullable(p.Schema)
	if err != nil {
		return nil, err
	}
	target, err := b.deref(p.Schema)
	if err != nil {
		return nil, err
	}
	if target, err = b.simplify(target); err != nil {
		return nil, err
	}
	if f.Doc == "" {
		f.Doc = target.Description
	}
	if p.Schema.Deprecated || target.Deprecated {
		f.Doc += "\n\nDeprecated: the API no longer wants this member."
	}
	if c := constant(target); c != nil && f.Required && !null {
		f.Const = c
		f.Type = &Type{Kind: map[string]Kind{"string": String, "integer": Int, "boolean": Bool}[c.Kind]}
		if f.Type.Kind == 0 {
			return nil, p.Schema.Errorf("a constant %s is not supported", c.Kind)
		}
		return f, nil
	}
	if f.Type, err = b.typeOf(p.Schema, hint+f.Name); err != nil {
		return nil, err
	}
	if f.Type.Name == "" {
		f.Checks = f.Type.Checks
	}
	if null {
		if f.Type.Kind == UnionKind {
			f.Type.Union.Null = true
		} else {
			f.Nullable = true
		}
	}
	return f, nil
}

// nullable reports whether a schema allows null, itself, through a reference, or
// by an arm of its union.
func (b *builder) nullable(s *load.Schema) (bool, error) {
	for range 32 {
		if s.Null {
			return true, nil
		}
		switch {
		case s.Ref != "":
			target, err := b.deref(s)
			if err != nil {
				return false, err
			}
			s = target
		case len(s.OneOf) == 1:
			s = s.OneOf[0]
		case len(s.AllOf) == 1:
			s = s.AllOf[0]
		default:
			return false, nil
		}
	}
	return false, s.Errorf("reference goes in a circle")
}
