package model

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Accessor is a generated function that takes a value of a union and answers for
// whichever variant it is.
type Accessor struct {
	Name    string
	Doc     string
	Union   *Union
	Params  string // behind the union's value
	Results string // the result list
	Cases   []*Case
	Default string // what is returned for every other value
}

// Case is what an accessor does for some variants.
type Case struct {
	Types []string // as a type switch names them
	Body  []string // statements
}

// Binds reports whether a case uses the variant itself.
func (a *Accessor) Binds() bool {
	return slices.ContainsFunc(a.Cases, func(c *Case) bool {
		return slices.ContainsFunc(c.Body, variant.MatchString)
	})
}

// variant finds a use of the variant, which is called x.
var variant = regexp.MustCompile(`\bx\b`)

// add appends a case, or widens the one that does the same.
func (a *Accessor) add(typ string, alike bool, body ...string) {
	if alike {
		for _, c := range a.Cases {
			if slices.Equal(c.Body, body) {
				c.Types = append(c.Types, typ)
				return
			}
		}
	}
	a.Cases = append(a.Cases, &Case{Types: []string{typ}, Body: body})
}

// Replies is the list of the names of the events that answer an event.
type Replies struct {
	Var   string
	Names []string
}

// accessors adds a function for each text that all object variants of a union have.
// The name of an event has a method instead.
func (b *builder) accessors() {
	for _, u := range b.pkg.Unions {
		b.common[u] = map[string]*Accessor{}
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
			b.common[u][f.Wire] = a
			if len(structs) > 1 {
				b.pkg.Accessors = append(b.pkg.Accessors, a)
			}
		}
	}
}

// eventID is the member that names an event, where a document has it. This is a
// convention of such protocols, and the only name that the generator knows.
const eventID = "event_id"

// eventIDs adds the function that returns an event's id, and reports whether there
// is one. Not every event needs an id, but all ids are plain texts.
func (b *builder) eventIDs(u *Union, structs []*Struct) bool {
	structs = slices.DeleteFunc(slices.Clone(structs), func(s *Struct) bool { return s.field(eventID) == nil })
	if len(structs) == 0 || !sharedBy(structs, eventID) || structs[0].field(eventID).textType() != "string" {
		return false
	}
	b.pkg.Accessors = append(b.pkg.Accessors, b.textAccessor(u.Name+"ID", u, structs, eventID))
	return true
}

// structs lists the object variants of a union.
func (u *Union) structs() []*Struct {
	var out []*Struct
	for _, a := range u.Arms {
		if a.Struct != nil {
			out = append(out, a.Struct)
		}
	}
	return out
}

// sharedBy reports whether all the structs have a text of that name, of one Go type.
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

// textType is the Go type of a member's text.
func (f *Field) textType() string {
	if f.Const != nil {
		return "string"
	}
	return f.Type.Go()
}

// textAccessor makes the function that returns a text which these variants of a union
// have.
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
	if len(u.Keys) > 0 && wire == u.Keys[0] {
		a.add("*"+u.Unknown(), false, "if x != nil {", "return x.Type", "}")
		return a
	}
	value := "string(d.PeekLast(" + strconv.Quote(wire) + "))"
	if typ != "string" {
		value = typ + "(d.PeekLast(" + strconv.Quote(wire) + "))"
	}
	a.add("*"+u.Unknown(), false, "if x != nil {", "d := wire.NewDecoder(x.Raw)", "return "+value, "}")
	return a
}

// text is the expression for the text of a member of the struct v.
func (f *Field) text(v string) string {
	switch v += "." + f.Name; {
	case f.Const != nil:
		return strconv.Quote(f.Const.Text)
	case f.Nullable:
		return "wire.OrZero(" + v + ")"
	case f.Pointer():
		return "wire.Deref(" + v + ")"
	}
	return v
}

// accessorName reserves a name for a function, which gives way to what the document
// names.
func (b *builder) accessorName(name string) string {
	if b.taken[name] {
		name = unique(b.taken, name+"Of")
	}
	b.taken[name] = true
	return name
}

// joined is the name of a union's member: the word in which the one ends and the
// other begins stands once.
func joined(union, member string) string {
	at := strings.LastIndexFunc(union, unicode.IsUpper)
	for at > 0 && unicode.IsUpper(rune(union[at-1])) {
		at-- // An initialism.
	}
	if at >= 0 {
		if rest, ok := strings.CutPrefix(member, union[at:]); ok && (rest == "" || unicode.IsUpper(rune(rest[0]))) {
			return union + rest
		}
	}
	return union + member
}
