package model

import (
	"slices"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

func (b *builder) union(s *load.Schema, hint string) (*Type, error) {
	if s.Name == "" {
		hint = b.unique(hint)
	}
	u := &Union{Name: hint, Doc: s.Description, Null: s.Null, Position: s.Position}
	t := &Type{Kind: UnionKind, Name: hint, Union: u}
	b.byPtr[s.Pointer] = t
	b.taken[hint] = true
	b.pkg.Unions = append(b.pkg.Unions, u)
	arms, err := b.flatten(u, s)
	if err != nil {
		return nil, err
	}
	kinds := map[string]bool{}
	for _, arm := range arms {
		a, err := b.arm(arm, u, hint)
		if err != nil {
			return nil, err
		}
		if a.Named != nil {
			kind := a.Named.Type.JSONKind()
			if kinds[kind] {
				return nil, arm.Errorf("two arms of %s are a JSON %s", hint, kind)
			}
			kinds[kind] = true
		}
		u.Arms = append(u.Arms, a)
	}
	if err := u.keys(s); err != nil {
		return nil, err
	}
	return t, u.checkDiscriminator(s)
}

// flatten lists the arms of a union, and of the unions among them.
func (b *builder) flatten(u *Union, s *load.Schema) ([]*load.Schema, error) {
	var arms []*load.Schema
	for _, arm := range s.OneOf {
		target, err := b.deref(arm)
		if err != nil {
			return nil, err
		}
		if target, err = b.simplify(target); err != nil {
			return nil, err
		}
		u.Null = u.Null || target.Null
		if len(target.OneOf) == 0 {
			arms = append(arms, target)
			continue
		}
		inner, err := b.flatten(u, target)
		if err != nil {
			return nil, err
		}
		arms = append(arms, inner...)
	}
	return arms, nil
}

func (b *builder) arm(s *load.Schema, u *Union, hint string) (*Arm, error) {
	name := hint + armName(s)
	if s.Name != "" {
		name = componentName(s)
	}
	t, err := b.typeOf(s, name)
	if err != nil {
		return nil, err
	}
	if t.Kind == StructKind {
		t.Struct.Unions = append(t.Struct.Unions, u)
		return &Arm{Struct: t.Struct, Aliases: t.Struct.Aliases}, nil
	}
	if t.Kind == Raw || t.Kind == Bytes {
		return nil, s.Errorf("an arm of a union is an object with members, or a scalar, list or map")
	}
	n := b.named[t]
	if n == nil {
		if s.Name == "" {
			name = b.unique(name)
		}
		t.Name = name
		var vals []Value
		if c := constant(s); c != nil && c.Kind == "string" {
			prefix := name
			if s.GoPrefix != nil {
				prefix = *s.GoPrefix
			}
			vals = []Value{{Name: prefix + goName(c.Text), Wire: c.Text}}
		}
		n = b.declare(s, t, vals)
	}
	n.Unions = append(n.Unions, u)
	return &Arm{Named: n}, nil
}

// armName names an inline arm by its constant type, or by its JSON kind.
func armName(s *load.Schema) string {
	for _, p := range s.Properties {
		if c := constant(p.Schema); p.Name == "type" && c != nil {
			return goName(c.Text)
		}
	}
	return goName(kindOf(s))
}

// keys finds the members that tell the object arms apart: the discriminator or
// type first, and a second one where the first does not suffice.
func (u *Union) keys(s *load.Schema) error {
	var objects []*Arm
	for _, a := range u.Arms {
		if a.Struct != nil {
			objects = append(objects, a)
		}
	}
	if len(objects) == 0 {
		return nil
	}
	first := "type"
	if s.Disc != nil {
		first = s.Disc.Property
	}
	if len(objects) == 1 && objects[0].Struct.constant(first) == "" {
		return nil
	}
	u.Keys = []string{first}
	seen := map[string][]*Arm{}
	for _, a := range objects {
		v := a.Struct.constant(first)
		if v == "" {
			return a.Struct.Position.Errorf("arm of %s has no constant member %q", u.Name, first)
		}
		a.Values = []string{v}
		seen[v] = append(seen[v], a)
	}
	for _, arms := range seen {
		if len(arms) > 1 {
			if err := u.secondKey(arms); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u *Union) secondKey(arms []*Arm) error {
	for _, f := range arms[0].Struct.Fields {
		vals := map[string]bool{}
		for _, a := range arms {
			vals[a.Struct.constant(f.Wire)] = true
		}
		if len(vals) != len(arms) || vals[""] {
			continue
		}
		if len(u.Keys) == 2 && u.Keys[1] != f.Wire {
			break
		}
		u.Keys = []string{u.Keys[0], f.Wire}
		for _, a := range arms {
			a.Values = append(a.Values, a.Struct.constant(f.Wire))
		}
		return nil
	}
	return arms[0].Struct.Position.Errorf("arms of %s cannot be told apart by constant members", u.Name)
}

// constant is the value of a constant string member.
func (s *Struct) constant(wire string) string {
	if f := s.field(wire); f != nil && f.Const != nil && f.Const.Kind == "string" {
		return f.Const.Text
	}
	return ""
}

// checkDiscriminator compares a declared mapping with what the arms say.
func (u *Union) checkDiscriminator(s *load.Schema) error {
	if s.Disc == nil || len(s.Disc.Mapping) == 0 {
		return nil
	}
	var want []string
	for _, a := range u.Arms {
		if a.Struct != nil && len(a.Values) > 0 {
			want = append(want, a.Values[0])
		}
	}
	for _, v := range want {
		if _, ok := s.Disc.Mapping[v]; !ok {
			return s.Errorf("discriminator mapping lacks %q", v)
		}
	}
	for v := range s.Disc.Mapping {
		if !slices.Contains(want, v) {
			return s.Errorf("discriminator mapping names %q, which no arm has", v)
		}
	}
	return nil
}

// eventUnion marks a union whose arms are events.
func (b *builder) eventUnion(u *Union) error {
	u.Event = true
	withID, odd := 0, 0
	for _, a := range u.Arms {
		if a.Struct == nil || len(a.Values) != 1 {
			return u.Position.Errorf("every arm of an event union is an object with a constant type")
		}
		a.Struct.EventType = a.Values[0]
		id := a.Struct.field("event_id")
		switch {
		case id == nil:
		case id.Type.Kind == String && id.Type.Name == "" && !id.Nullable:
			withID++
		default:
			odd++
		}
	}
	u.HasEventID = withID > 0 && odd == 0
	return nil
}
