package model

import (
	"slices"
	"strconv"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// accessorName reserves a name for a function. Names of the document have precedence.
func (b *builder) accessorName(name string) string {
	if b.taken[name] {
		name = unique(b.taken, name+"Of")
	}
	b.taken[name] = true
	return name
}

// addProtocol adds an accessor to the protocols if it has cases.
func (b *builder) addProtocol(a *Accessor) error {
	if len(a.Cases) == 0 {
		return nil
	}
	a.Name = b.accessorName(a.Name)
	b.pkg.Protocols = append(b.pkg.Protocols, a)
	return nil
}

// unionOf returns the union of a component, or nil.
func (b *builder) unionOf(component string) *Union {
	t := b.typeAt(component)
	if t == nil {
		return nil
	}
	return t.Union
}

func (b *builder) structOf(m *specdoc.Message) *Struct {
	t := b.typeAt(m.Schema)
	if t == nil {
		return nil
	}
	return t.Struct
}

// accessors adds a function for each string member that all object variants of a union
// have. The type of an event has a method instead.
func (b *builder) accessors() {
	for _, u := range b.pkg.Unions {
		b.texts[u] = map[string]*Accessor{}
		structs := u.structs()
		if len(structs) == 0 {
			continue
		}
		own := map[string]bool{}
		if u.Event {
			own[u.Keys[0]], own[eventID] = true, b.eventIDs(u, structs)
		}
		for _, f := range structs[0].Fields {
			if own[f.Wire] || !sharedBy(structs, f.Wire) {
				continue
			}
			a := b.textAccessor(joined(u.Name, goName(f.Wire)), u, structs, f.Wire)
			b.texts[u][f.Wire] = a
			if len(structs) > 1 {
				b.pkg.Accessors = append(b.pkg.Accessors, a)
			}
		}
	}
}

// eventID is the member with an event's id, by a convention of such protocols. It is the
// only name that the generator knows.
const eventID = "event_id"

// eventIDs adds the function that returns an event's id, and reports whether it did.
// Events may lack an id, but all ids must be plain strings.
func (b *builder) eventIDs(u *Union, structs []*Struct) bool {
	structs = slices.DeleteFunc(slices.Clone(structs), func(s *Struct) bool { return s.field(eventID) == nil })
	if len(structs) == 0 || !sharedBy(structs, eventID) || structs[0].field(eventID).textType() != "string" {
		return false
	}
	b.pkg.Accessors = append(b.pkg.Accessors, b.textAccessor(u.Name+"ID", u, structs, eventID))
	return true
}

// sharedBy reports whether all structs have a string member called wire of the same Go
// type.
func sharedBy(structs []*Struct, wire string) bool {
	typ := ""
	for i, s := range structs {
		f := s.field(wire)
		if f == nil || f.Nullable || f.Type.Kind != String {
			return false
		}
		if i > 0 && f.textType() != typ {
			return false
		}
		typ = f.textType()
	}
	return true
}

// textAccessor returns the function that returns the string member wire of these
// variants of a union.
func (b *builder) textAccessor(name string, u *Union, structs []*Struct, wire string) *Accessor {
	typ := structs[0].field(wire).textType()
	a := &Accessor{
		Name: b.accessorName(name), Union: u, Results: typ, Default: `return ""`,
		Doc: "returns the member " + wire + " of x, or \"\" if x has none.",
	}
	for _, s := range structs {
		f := s.field(wire)
		if f.Const != nil {
			a.add("*"+s.Name, true, "return "+strconv.Quote(f.Const.Text))
			continue
		}
		a.add("*"+s.Name, false, "if x != nil {", "return "+f.text("x"), "}")
	}
	if len(u.Keys) > 0 && wire == u.Keys[0] && !u.Literal {
		value := "x.Type"
		if typ != "string" {
			value = typ + "(x.Type)"
		}
		a.add("*"+u.Unknown(), false, "if x != nil {", "return "+value, "}")
		return a
	}
	value := "string(d.PeekLast(" + strconv.Quote(wire) + "))"
	if typ != "string" {
		value = typ + "(d.PeekLast(" + strconv.Quote(wire) + "))"
	}
	a.add("*"+u.Unknown(), false, "if x != nil {", "d := wire.NewDecoder(x.Raw)", "return "+value, "}")
	return a
}
