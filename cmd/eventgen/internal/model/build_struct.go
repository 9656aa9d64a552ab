package model

import (
	"go/token"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// maxTracked is the number of members whose presence a decoder records, with a bit for
// each in one word. The numbers of further members are multiples of 64: they share the
// last bit, which no required member has.
const maxTracked = 63

func (b *builder) structType(s *load.Schema, hint string) (*Type, error) {
	hint = b.nameOf(s, hint)
	st := &Struct{Name: hint, Doc: prose(s), Aliases: s.Aliases, ReadOnly: s.ReadOnly, Position: s.Position}
	t := &Type{Kind: StructKind, Name: hint, Struct: st}
	b.byPtr[s.Pointer] = t
	b.pkg.Structs = append(b.pkg.Structs, st)
	if err := b.fields(st, s); err != nil {
		return nil, err
	}
	for _, f := range st.Fields {
		st.HasSecret = st.HasSecret || f.Secret
	}
	for _, name := range s.RequireOneOf {
		f := st.field(name)
		if f == nil || f.Required {
			return nil, s.Errorf("x-require-one-of names %q, which is not an optional member", name)
		}
		st.RequireOneOf = append(st.RequireOneOf, f)
	}
	for _, c := range s.Constructors {
		b.constructors = append(b.constructors, pendingConstructor{c, st})
	}
	return t, nil
}

// fields adds the members of a struct. A name from x-go-name has precedence over a name
// derived from the wire name.
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
			return p.Schema.Errorf("%q is not an exported Go name", name)
		case names[name]:
			return p.Schema.Errorf("the Go name %s is taken by another member", name)
		}
		names[name] = true
	}
	for _, p := range s.Properties {
		f, err := b.field(s, p, st.Name)
		if err != nil {
			return err
		}
		if f.Const == nil && p.Schema.GoName == "" {
			f.Name = unique(names, f.Name)
		}
		st.Fields = append(st.Fields, f)
	}
	st.number()
	for _, f := range st.Fields {
		f.Doc += f.nullHint()
		if stem, ok := strings.CutSuffix(f.Wire, "_ms"); ok && f.Required && !f.Nullable && f.Type.Kind == Int && !names[goName(stem)] {
			f.Duration = goName(stem)
			names[f.Duration] = true
		}
	}
	return nil
}

// number numbers the members. In a large object the required ones come first; if they
// are too many, the last ones count as optional.
func (st *Struct) number() {
	if len(st.Fields) <= maxTracked+1 {
		for i, f := range st.Fields {
			f.Index = i + 1
		}
		return
	}
	st.Fields[0].Index = 1
	next, beyond := 2, 64
	for _, required := range []bool{true, false} {
		for _, f := range st.Fields[1:] {
			switch {
			case f.Required != required || f.Index > 0:
			case next <= maxTracked:
				f.Index = next
				next++
			default:
				f.Index, f.Required = beyond, f.Required && f.Const != nil
				beyond += 64
			}
		}
	}
}

func (b *builder) field(owner *load.Schema, p load.Property, hint string) (*Field, error) {
	f := &Field{Wire: p.Name, Name: goName(p.Name), Doc: p.Schema.Description, Required: owner.IsRequired(p.Name)}
	if p.Schema.GoName != "" {
		f.Name = p.Schema.GoName
	}
	null, target, err := b.target(p.Schema)
	if err != nil {
		if err := b.warn(err); err != nil {
			return nil, err
		}
		f.Type = &Type{Kind: Raw}
		return f, nil
	}
	if f.Doc == "" {
		f.Doc = target.Description
	}
	if p.Schema.Deprecated || target.Deprecated {
		f.Doc += "\n\nDeprecated: the API no longer uses this member."
	}
	f.ReadOnly = p.Schema.ReadOnly || target.ReadOnly && target.Name == ""
	f.Secret = p.Schema.Secret || target.Secret && target.Name == ""
	f.closed = closed(target)
	if len(f.closed) == 1 && target.Known == nil && !null {
		f.only = &f.closed[0]
	}
	if c := constant(target); c != nil && f.Required && !null && f.only != nil && c.Kind != "number" {
		return f, f.fix(p.Schema.Position)
	}
	if f.Type, err = b.typeOf(p.Schema, hint+f.Name); err != nil {
		if err := b.warn(err); err != nil {
			return nil, err
		}
		f.Type = &Type{Kind: Raw}
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

// target returns the schema of a member without references and whether null is allowed.
func (b *builder) target(s *load.Schema) (null bool, target *load.Schema, err error) {
	if null, err = b.nullable(s); err != nil {
		return false, nil, err
	}
	if target, err = b.deref(s); err != nil {
		return false, nil, err
	}
	target, err = b.simplify(target)
	return null, target, err
}

// fix makes the member a constant, which has no Go field.
func (f *Field) fix(at load.Position) error {
	f.Const, f.Required = f.only, true
	f.Type = &Type{Kind: map[string]Kind{"string": String, "integer": Int, "boolean": Bool}[f.only.Kind]}
	if f.Type.Kind == 0 {
		return at.Errorf("a constant %s is not supported", f.only.Kind)
	}
	return nil
}

// nullHint returns a sentence for the field's comment about the Go form of null, which
// differs between structs and unions.
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
