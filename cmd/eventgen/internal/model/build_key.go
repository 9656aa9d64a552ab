package model

import (
	"cmp"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

// decide finds out how the arms of all unions are told apart.
func (b *builder) decide() {
	for _, todo := range b.undecided {
		u := todo.union
		b.keys(u, todo.schema)
		b.sameKind(u)
		b.checkDiscriminator(u, todo.schema)
	}
}

// keys finds the members that tell the object arms apart: first the discriminator or
// type, then a second one if the first does not suffice. One arm may lack the first key;
// it is the arm for objects without the key.
func (b *builder) keys(u *Union, s *load.Schema) {
	objects := slices.DeleteFunc(slices.Clone(u.Arms), func(a *Arm) bool { return a.Struct == nil })
	if len(objects) == 0 {
		return
	}
	first := firstKey(s, objects)
	if len(objects) == 1 && s.Disc == nil && len(objects[0].Struct.closed(first)) == 0 {
		return
	}
	u.Keys = []string{first}
	u.implied(s, objects)
	u.Literal = mostlyLiteral(objects, first)
	byValue := map[string][]*Arm{}
	for _, a := range u.keyless(objects) {
		for _, v := range a.values(first) {
			if (v.Kind != "string") == u.Literal {
				byValue[v.Text] = append(byValue[v.Text], a)
			}
		}
	}
	for _, a := range objects {
		u.firstValues(a, byValue)
	}
	b.secondKey(u, objects, byValue)
}

// firstKey returns the member that tells objects apart: that of the discriminator, type,
// the first member that is a constant in all objects, or in most of them.
func firstKey(s *load.Schema, objects []*Arm) string {
	if s.Disc != nil {
		return s.Disc.Property
	}
	has := func(wire string) (n int) {
		for _, a := range objects {
			if len(a.Struct.closed(wire)) > 0 {
				n++
			}
		}
		return n
	}
	best, most := "type", has("type")
	for _, a := range objects {
		for _, f := range a.Struct.Fields {
			if n := has(f.Wire); n > most {
				best, most = f.Wire, n
			}
		}
	}
	return best
}

// implied gives arms without a constant the values that the discriminator maps to them,
// or else their component's name.
func (u *Union) implied(s *load.Schema, objects []*Arm) {
	if s.Disc == nil {
		return
	}
	for _, a := range objects {
		if len(a.Struct.closed(u.Keys[0])) > 0 {
			continue
		}
		for _, v := range sortedKeys(s.Disc.Mapping) {
			if slices.Contains([]string{s.Disc.Mapping[v], load.Schemas + specdoc.Escape(s.Disc.Mapping[v])}, a.pointer) {
				a.mapped = append(a.mapped, text(v))
			}
		}
		if a.mapped == nil && len(s.Disc.Mapping) == 0 && a.component != "" {
			a.mapped = []load.Value{text(a.component)}
		}
	}
}

func text(v string) load.Value {
	return load.Value{Text: v, Kind: "string", Quoted: load.Quote(v)}
}

// values returns the values of a key that select the arm.
func (a *Arm) values(key string) []load.Value {
	if a.mapped != nil {
		return a.mapped
	}
	return a.Struct.closed(key)
}

// mostlyLiteral reports whether the key of most arms is a number or a boolean.
func mostlyLiteral(objects []*Arm, key string) bool {
	texts, literals := 0, 0
	for _, a := range objects {
		for _, v := range a.values(key) {
			if v.Kind == "string" {
				texts++
			} else {
				literals++
			}
		}
	}
	return literals > texts
}

// keyless finds the arm for objects without the first key, and returns the others: the
// only arm without values, or else the only one that does not require the key.
func (u *Union) keyless(objects []*Arm) []*Arm {
	var without, optional []*Arm
	for _, a := range objects {
		f := a.Struct.field(u.Keys[0])
		switch {
		case len(a.values(u.Keys[0])) == 0:
			without = append(without, a)
		case f == nil || !f.Required || f.Nullable:
			optional = append(optional, a)
		}
	}
	if len(without) == 1 {
		u.Open = without[0].Struct
		u.OpenToAll = u.Open.field(u.Keys[0]) != nil
		return slices.DeleteFunc(slices.Clone(objects), func(a *Arm) bool { return a == without[0] })
	}
	if len(without) == 0 && len(optional) == 1 && len(objects) > 1 {
		u.Open = optional[0].Struct
	}
	return objects
}

// firstValues records the values of the first key that select an arm alone. A member
// with one value becomes a constant that is written even if the schema does not require
// it, unless the object arrived without it, since the variant is recognized by it.
func (u *Union) firstValues(a *Arm, byValue map[string][]*Arm) {
	vals := a.values(u.Keys[0])
	if len(vals) == 1 && (vals[0].Kind != "string") == u.Literal && a.constant(u.Keys[0], vals[0]) {
		a.Values = []string{vals[0].Text}
		return
	}
	for _, v := range vals {
		switch {
		case (v.Kind != "string") != u.Literal, len(byValue[v.Text]) > 1:
		case a.Values == nil:
			a.Values = []string{v.Text}
		default:
			a.more = append(a.more, v.Text)
		}
	}
}

// constant makes the member called key a constant and reports whether it could. An arm
// that lacks the member gets it.
func (a *Arm) constant(key string, v load.Value) bool {
	f := a.Struct.field(key)
	switch {
	case f == nil:
		f = &Field{Wire: key, Name: goName(key), Index: len(a.Struct.Fields) + 1}
		a.Struct.Fields = append(a.Struct.Fields, f)
	case f.Const != nil:
		return f.Const.Text == v.Text
	case v.Kind == "number":
		return false
	}
	f.only, f.Nullable = &v, false
	return f.fix(a.Struct.Position) == nil
}

// secondKey finds a member that tells the arms with the same first value apart. Arms that
// nothing tells apart arrive as the unknown variant.
func (b *builder) secondKey(u *Union, objects []*Arm, byValue map[string][]*Arm) {
	var doubles []*Arm
	for _, a := range objects {
		if len(a.Values) == 1 && len(byValue[a.Values[0]]) > 1 {
			doubles = append(doubles, a)
		}
	}
	if second := separator(doubles); second != "" {
		u.Keys = append(u.Keys, second)
		for _, a := range doubles {
			vals := a.Struct.closed(second)
			if len(vals) == 1 {
				a.constant(second, vals[0])
			}
			for _, v := range vals {
				a.Values = append(a.Values, v.Text)
			}
		}
	}
	for _, v := range sortedKeys(byValue) {
		same := slices.DeleteFunc(slices.Clone(byValue[v]), func(a *Arm) bool { return len(a.Values) > 1 })
		for i, a := range same {
			a.Blurred = len(same) > 1
			if i > 0 {
				b.blurred(u, same[0], a, "have the "+u.Keys[0]+" "+quotedOr(v, u.Literal))
			}
		}
	}
	var none []*Arm
	for _, a := range objects {
		if len(a.Values) == 0 && a.Struct != u.Open && !a.Blurred {
			none = append(none, a)
		}
	}
	for i, a := range none {
		if a.Blurred = true; i > 0 {
			b.blurred(u, none[0], a, "lack a constant member")
		}
	}
}

// separator returns the member with different texts in each arm with the same first value,
// or "".
func separator(doubles []*Arm) string {
	if len(doubles) == 0 {
		return ""
	}
	for _, f := range doubles[0].Struct.Fields {
		seen := map[[2]string]bool{}
		fits := true
		for _, a := range doubles {
			vals := a.Struct.closed(f.Wire)
			fits = fits && len(vals) > 0
			for _, v := range vals {
				key := [2]string{a.Values[0], v.Text}
				fits = fits && v.Kind == "string" && !seen[key]
				seen[key] = true
			}
		}
		if fits {
			return f.Wire
		}
	}
	return ""
}

// sameKind blurs the arms of one JSON kind that are not all objects with members.
func (b *builder) sameKind(u *Union) {
	kinds := map[string]*Arm{}
	for _, a := range u.Arms {
		before := kinds[a.JSONKind()]
		if before != nil && (before.Named != nil || a.Named != nil) {
			for _, named := range []*Arm{before, a} {
				// Objects with a key are told apart from any others.
				named.Blurred = named.Blurred || named.Named != nil || len(named.Values) == 0 && named.Struct != u.Open
			}
			b.blurred(u, before, a, "are both a JSON "+strings.ToLower(a.JSONKind()))
		}
		kinds[a.JSONKind()] = cmp.Or(before, a)
	}
}

// blurred warns about two arms that cannot be told apart.
func (b *builder) blurred(u *Union, x, y *Arm, why string) {
	b.doc.Warn(u.Position, "%s and %s of %s cannot be told apart, since they %s: such values arrive as *%s, which has methods to read them",
		x.GoName(), y.GoName(), u.Name, why, u.Unknown())
}

// checkDiscriminator compares the discriminator's mapping with the constants of the arms.
func (b *builder) checkDiscriminator(u *Union, s *load.Schema) {
	if s.Disc == nil || len(s.Disc.Mapping) == 0 {
		return
	}
	want := map[string]*Arm{}
	for _, a := range u.Arms {
		if a.Struct == nil {
			continue
		}
		for _, v := range a.values(u.Key()) {
			want[v.Text] = a
		}
	}
	for _, v := range sortedKeys(want) {
		target, ok := s.Disc.Mapping[v]
		if !ok {
			b.doc.Warn(s.Position, "the discriminator does not map %q", v)
			continue
		}
		a := u.armAt(target)
		switch {
		case a == nil:
		case len(a.values(u.Key())) == 0:
			b.doc.Warn(s.Position, "the discriminator maps %q to the arm without %s", v, u.Keys[0])
		case !slices.ContainsFunc(a.values(u.Key()), func(o load.Value) bool { return o.Text == v }):
			b.doc.Warn(s.Position, "the discriminator maps %q to the arm for %q", v, a.values(u.Key())[0].Text)
		}
	}
	for _, v := range sortedKeys(s.Disc.Mapping) {
		if want[v] == nil {
			b.doc.Warn(s.Position, "the discriminator maps %q, which no arm has", v)
		}
	}
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
