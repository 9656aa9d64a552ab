package model

import (
	"go/token"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// maxFields is how many members a struct may have: decoding keeps track of them
// in the bits of one word.
const maxFields = 64

func (b *builder) structType(s *load.Schema, hint string) (*Type, error) {
	hint = b.nameOf(s, hint)
	if len(s.Properties) > maxFields {
		return nil, s.Errorf("an object with more than %d members", maxFields)
	}
	st := &Struct{Name: hint, Doc: s.Description, Aliases: s.Aliases, ReadOnly: s.ReadOnly, Position: s.Position}
	t := &Type{Kind: StructKind, Name: hint, Struct: st}
	b.byPtr[s.Pointer] = t
	b.pkg.Structs = append(b.pkg.Structs, st)
	if err := b.fields(st, s); err != nil {
		return nil, err
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

// fields adds the members of a struct. A name from x-go-name stays as it is; a
// name made from the wire gives way to it.
func (b *builder) fields(st *Struct, s *load.Schema) error {
	names := map[string]bool{}
	for _, name := range memberNames {
		names[name] = true
	}
	for _, p := range s.Properties {
		name := p.Schema.GoName
		switch {
		case name == "":
		case !token.IsIdentifier(name) || !token.IsExported(name):
			return p.Schema.Errorf("%q is no exported Go name", name)
		case names[name]:
			return p.Schema.Errorf("the Go name %s is taken by another member", name)
		}
		names[name] = true
	}
	for i, p := range s.Properties {
		f, err := b.field(s, p, st.Name)
		if err != nil {
			return err
		}
		if f.Const == nil && p.Schema.GoName == "" {
			f.Name = unique(names, f.Name)
		}
		f.Index = i + 1
		st.Fields = append(st.Fields, f)
	}
	for _, f := range st.Fields {
		f.Doc += f.nullHint()
		if stem, ok := strings.CutSuffix(f.Wire, "_ms"); ok && f.Required && !f.Nullable && f.Type.Kind == Int && !names[goName(stem)] {
			f.Duration = goName(stem)
			names[f.Duration] = true
		}
	}
	return nil
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
	f.ReadOnly = p.Schema.ReadOnly || target.ReadOnly && target.Name == ""
	if vals := values(target); len(vals) == 1 && target.Known == nil && !null {
		f.only = &vals[0]
	}
	if c := constant(target); c != nil && f.Required && !null {
		return f, f.fix(p.Schema.Position)
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
	b.unshared.mark(f)
	return f, nil
}

// fix makes the field a constant, which the struct has no Go field for.
func (f *Field) fix(at load.Position) error {
	f.Const, f.Required = f.only, true
	f.Type = &Type{Kind: map[string]Kind{"string": String, "integer": Int, "boolean": Bool}[f.only.Kind]}
	if f.Type.Kind == 0 {
		return at.Errorf("a constant %s is not supported", f.only.Kind)
	}
	return nil
}

// nullable reports whether a schema allows null, itself, through a reference, or
// by an arm of its union.
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
	return false, s.Errorf("reference goes in a circle")
}

// nullHint says how null is written where that is easy to get wrong: a struct
// takes one form of it and a union the other.
func (f *Field) nullHint() string {
	switch {
	case f.Doc == "" || f.Const != nil:
		return ""
	case f.Nullable && f.Type.Kind == StructKind:
		return " In Go, null is NullOf[" + f.Held() + "]()."
	case f.Type.Kind == UnionKind && f.Type.Union.Null:
		return " In Go, null is Null{}."
	}
	return ""
}
