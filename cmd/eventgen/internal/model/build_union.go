package model

import (
	"slices"
	"strconv"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// union returns the type of a schema with arms. Arms of one JSON kind that are no
// objects become one arm. If an arm allows any value, so does the union, which is then
// raw JSON.
func (b *builder) union(s *load.Schema, hint string) (*Type, error) {
	u := &Union{Doc: prose(s), Null: s.Null, Position: s.Position}
	arms, err := b.flatten(u, s, nil)
	if err != nil {
		return nil, err
	}
	if arms, err = b.oneOfKind(s, arms); err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(arms, anything); i >= 0 {
		b.doc.Warn(arms[i].Position, "an arm of the union allows any value, so the union is raw JSON: give the arm a type")
		return &Type{Kind: Raw}, nil
	}
	if arms == nil {
		return &Type{Kind: Raw}, nil
	}
	u.Name = b.nameOf(s, hint)
	u.unknown = unique(b.taken, "Unknown"+u.Name)
	u.decode = unique(b.taken, "Decode"+u.Name)
	t := &Type{Kind: UnionKind, Name: u.Name, Union: u}
	b.byPtr[s.Pointer] = t
	b.pkg.Unions = append(b.pkg.Unions, u)
	b.undecided = append(b.undecided, undecided{u, s})
	for _, arm := range arms {
		a, err := b.arm(arm, u, u.Name)
		if err != nil {
			return nil, err
		}
		u.Arms = append(u.Arms, a)
	}
	return t, nil
}

// anything reports whether a schema allows every value.
func anything(s *load.Schema) bool {
	return kindOf(s) == "" && len(s.OneOf) == 0
}

// flatten returns the arms of a union and of the unions among them, each once. outer has
// the pointers of the unions around s.
func (b *builder) flatten(u *Union, s *load.Schema, outer []string) ([]*load.Schema, error) {
	if slices.Contains(outer, s.Pointer) {
		return nil, s.Errorf("the union is an arm of itself")
	}
	outer = append(outer, s.Pointer)
	var arms []*load.Schema
	add := func(arm *load.Schema) {
		if !slices.ContainsFunc(arms, func(a *load.Schema) bool { return a.Pointer == arm.Pointer }) {
			arms = append(arms, arm)
		}
	}
	for _, arm := range s.OneOf {
		target, err := b.deref(arm)
		if err != nil {
			return nil, err
		}
		if target, err = b.simplify(target); err != nil {
			return nil, err
		}
		u.Null = u.Null || target.Null || onlyNull(target)
		switch {
		case onlyNull(target):
		case len(target.OneOf) == 0:
			add(target)
		default:
			inner, err := b.flatten(u, target, outer)
			if err != nil {
				return nil, err
			}
			for _, arm := range inner {
				add(arm)
			}
		}
	}
	return arms, nil
}

// oneOfKind replaces the arms of one JSON kind other than object and array by one.
func (b *builder) oneOfKind(s *load.Schema, arms []*load.Schema) ([]*load.Schema, error) {
	kind := func(a *load.Schema) string {
		if k := kindOf(a); k != "integer" {
			return k
		}
		return "number"
	}
	var out []*load.Schema
	seen := map[string]bool{}
	for _, arm := range arms {
		k := kind(arm)
		if k == "object" || k == "array" || k == "" {
			out = append(out, arm)
			continue
		}
		if seen[k] {
			continue
		}
		seen[k] = true
		same := slices.DeleteFunc(slices.Clone(arms), func(a *load.Schema) bool { return kind(a) != k })
		if len(same) > 1 {
			joined := &load.Schema{Position: s.Position, OneOf: same}
			joined.Derive("/kind/" + k)
			var err error
			if arm, err = b.openEnum(joined); err != nil {
				return nil, err
			}
			if len(arm.OneOf) > 0 { // Text and bytes.
				arm = &load.Schema{Position: joined.Position, Types: []string{k}}
			}
		}
		out = append(out, arm)
	}
	return out, nil
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
	if t.Kind == Raw && kindOf(s) == "array" {
		t = &Type{Kind: Slice, Elem: t}
	}
	if t.Kind == StructKind {
		t.Struct.Unions = append(t.Struct.Unions, u)
		return &Arm{Struct: t.Struct, Aliases: t.Struct.Aliases, pointer: s.Pointer, component: s.Name}, nil
	}
	if t.Kind == Bytes || t.Kind == Time { // One text of several, which need not fit.
		t = &Type{Kind: String, Checks: t.Checks}
	}
	n := b.named[t]
	if n == nil {
		if t.Name == "" || b.byPtr[s.Pointer] == t {
			t.Name = b.nameOf(s, name)
		}
		var vals []load.Value
		if c := constant(s); c != nil && c.Kind == "string" {
			vals = []load.Value{*c}
		}
		n = b.declare(s, t, b.known(s, t.Name, vals))
	}
	if !slices.Contains(n.Unions, u) {
		n.Unions = append(n.Unions, u)
	}
	return &Arm{Named: n}, nil
}

// armName returns a name for an inline arm: what tells it apart, or its JSON kind.
func armName(s *load.Schema) string {
	if s.Hint != "" {
		return exported(s.Hint)
	}
	for _, p := range s.Properties {
		if c := constant(p.Schema); p.Name == "type" && c != nil {
			return goName(c.Text)
		}
	}
	return goName(kindOf(s))
}

// eventUnion marks a union whose arms are events, if each has a constant type.
func (b *builder) eventUnion(u *Union) {
	for _, a := range u.Arms {
		if a.Struct == nil || len(a.Values) != 1 || a.more != nil || u.Literal || a.Struct.field(u.Keys[0]).Const == nil {
			b.doc.Warn(u.Position, "%s is no union of events, and has fewer methods: an arm is not an object with a constant string that tells it apart", u.Name)
			return
		}
	}
	if u.Null {
		b.doc.Warn(u.Position, "%s is no union of events, and has fewer methods: it allows null", u.Name)
		return
	}
	u.Event, u.Open = true, nil // An event has a type.
	for _, a := range u.Arms {
		a.Struct.EventType = a.Values[0]
		a.Struct.field(u.Keys[0]).EventTypes = a.Struct.EventTypes()
	}
}

// quotedOr returns a value for a message, such as "a" or 1.
func quotedOr(text string, literal bool) string {
	if literal {
		return text
	}
	return strconv.Quote(text)
}
