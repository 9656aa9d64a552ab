package model

import (
	"maps"
	"slices"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

func (b *builder) union(s *load.Schema, hint string) (*Type, error) {
	hint = b.nameOf(s, hint)
	for _, name := range []string{"Unknown" + hint, "Decode" + hint} {
		if err := b.take(name, s); err != nil {
			return nil, err
		}
	}
	u := &Union{Name: hint, Doc: s.Description, Null: s.Null, Position: s.Position}
	t := &Type{Kind: UnionKind, Name: hint, Union: u}
	b.byPtr[s.Pointer] = t
	b.pkg.Unions = append(b.pkg.Unions, u)
	arms, err := b.flatten(u, s, nil)
	if err != nil {
		return nil, err
	}
	kinds := map[string]*Arm{}
	for _, arm := range arms {
		a, err := b.arm(arm, u, hint)
		if err != nil {
			return nil, err
		}
		before := kinds[a.JSONKind()]
		if before != nil && (before.Named != nil || a.Named != nil) {
			return nil, arm.Errorf("two arms of %s are JSON values of kind %s", hint, a.JSONKind())
		}
		kinds[a.JSONKind()] = a
		u.Arms = append(u.Arms, a)
	}
	if err := u.keys(s); err != nil {
		return nil, err
	}
	return t, u.checkDiscriminator(s)
}

// flatten returns the arms of a union and of the unions among them. outer has the
// pointers of the unions around s.
func (b *builder) flatten(u *Union, s *load.Schema, outer []string) ([]*load.Schema, error) {
	if slices.Contains(outer, s.Pointer) {
		return nil, s.Errorf("the union is an arm of itself")
	}
	outer = append(outer, s.Pointer)
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
		inner, err := b.flatten(u, target, outer)
		if err != nil {
			return nil, err
		}
		arms = append(arms, inner...)
	}
	return arms, nil
}

func (b *builder) arm(s *load.Schema, u *Union, hint string) (*Arm, error) {
	name, err := b.inlineName(s, hint+armName(s))
	if err != nil {
		return nil, err
	}
	t, err := b.typeOf(s, name)
	if err != nil {
		return nil, err
	}
	if t.Kind == Raw && kindOf(s) == "object" {
		t = &Type{Kind: Map, Elem: t}
	}
	if t.Kind == StructKind {
		t.Struct.Unions = append(t.Struct.Unions, u)
		return &Arm{Struct: t.Struct, Aliases: t.Struct.Aliases}, nil
	}
	if t.Kind == Raw || t.Kind == Bytes {
		return nil, s.Errorf("an arm of a union must be an object with members, a scalar, a list or a map")
	}
	n := b.named[t]
	if n == nil {
		t.Name = b.nameOf(s, name)
		var vals []load.Value
		if c := constant(s); c != nil && c.Kind == "string" {
			vals = []load.Value{*c}
		}
		n = b.declare(s, t, b.known(s, t.Name, vals))
	}
	n.Unions = append(n.Unions, u)
	return &Arm{Named: n}, nil
}

// armName returns a name for an inline arm: its constant type, or its JSON kind.
func armName(s *load.Schema) string {
	for _, p := range s.Properties {
		if c := constant(p.Schema); p.Name == "type" && c != nil {
			return goName(c.Text)
		}
	}
	return goName(kindOf(s))
}

// keys finds the members that tell the object arms apart: first the discriminator or
// type, then a second one if the first does not suffice. One arm of an anyOf may lack the
// first key; it is the arm for objects without the key.
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
	first := firstKey(s, objects)
	if len(objects) == 1 && objects[0].Struct.constant(first) == "" {
		return nil
	}
	u.Keys = []string{first}
	same := map[string][]*Arm{}
	for _, a := range objects {
		if s.Overlap && u.Open == nil && a.Struct.constant(first) == "" {
			u.Open = a.Struct
			continue
		}
		if err := a.addKey(u, first); err != nil {
			return err
		}
		same[a.Values[0]] = append(same[a.Values[0]], a)
	}
	return u.secondKey(same)
}

// firstKey returns the member that tells objects apart: that of the discriminator, type,
// or the first member that is a constant in all objects.
func firstKey(s *load.Schema, objects []*Arm) string {
	if s.Disc != nil {
		return s.Disc.Property
	}
	lacks := func(wire string) bool {
		return slices.ContainsFunc(objects, func(a *Arm) bool { return a.Struct.constant(wire) == "" })
	}
	if lacks("type") {
		for _, f := range objects[0].Struct.Fields {
			if !lacks(f.Wire) {
				return f.Wire
			}
		}
	}
	return "type"
}

// secondKey finds a member that tells the arms with the same first key apart.
func (u *Union) secondKey(same map[string][]*Arm) error {
	var doubles []*Arm
	for _, a := range u.Arms {
		if len(a.Values) > 0 && len(same[a.Values[0]]) > 1 {
			doubles = append(doubles, a)
		}
	}
	if len(doubles) == 0 {
		return nil
	}
	for _, f := range doubles[0].Struct.Fields {
		seen := map[[2]string]bool{}
		fits := true
		for _, a := range doubles {
			key := [2]string{a.Values[0], a.Struct.constant(f.Wire)}
			fits = fits && key[1] != "" && !seen[key]
			seen[key] = true
		}
		if !fits {
			continue
		}
		u.Keys = append(u.Keys, f.Wire)
		for _, a := range doubles {
			if err := a.addKey(u, f.Wire); err != nil {
				return err
			}
		}
		return nil
	}
	return doubles[0].Struct.Position.Errorf("no constant members tell the arms of %s apart", u.Name)
}

// addKey records the arm's value of a key. The member becomes a constant that is always
// written, even if the schema does not require it, since the variant is recognised by it.
func (a *Arm) addKey(u *Union, key string) error {
	v := a.Struct.constant(key)
	if v == "" {
		return a.Struct.Position.Errorf("arm of %s has no constant member %q", u.Name, key)
	}
	a.Values = append(a.Values, v)
	return a.Struct.field(key).fix(a.Struct.Position)
}

// checkDiscriminator compares the discriminator's mapping with the constants of the arms.
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
		target, ok := s.Disc.Mapping[v]
		if !ok {
			return s.Errorf("the discriminator does not map %q", v)
		}
		a := u.armAt(target)
		switch {
		case a == nil:
		case len(a.Values) == 0:
			return s.Errorf("the discriminator maps %q to the arm without %s", v, u.Keys[0])
		case a.Values[0] != v:
			return s.Errorf("the discriminator maps %q to the arm for %q", v, a.Values[0])
		}
	}
	for _, v := range slices.Sorted(maps.Keys(s.Disc.Mapping)) {
		if !slices.Contains(want, v) {
			return s.Errorf("the discriminator maps %q, which no arm has", v)
		}
	}
	return nil
}

// armAt returns the object arm that a discriminator's target names by reference or by
// the component's name, or nil.
func (u *Union) armAt(target string) *Arm {
	for _, a := range u.Arms {
		if a.Struct != nil && slices.Contains([]string{target, load.Schemas + target}, a.Struct.Position.Pointer) {
			return a
		}
	}
	return nil
}

// eventUnion marks a union whose arms are events.
func (b *builder) eventUnion(u *Union) error {
	u.Event = true
	for _, a := range u.Arms {
		if a.Struct == nil || len(a.Values) != 1 {
			return u.Position.Errorf("every arm of an event union must be an object with a constant type")
		}
		a.Struct.EventType = a.Values[0]
		a.Struct.field(u.Keys[0]).EventTypes = a.Struct.EventTypes()
	}
	return nil
}
