package model

import (
	"slices"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// protocols adds the functions of the protocols: subjects, causes and replies.
func (b *builder) protocols() error {
	for _, p := range b.doc.Protocols {
		u := b.unionOf(p.Union)
		if u == nil {
			continue // Options.Unions leaves it out.
		}
		for _, step := range []func(*specdoc.Protocol, *Union) error{b.subjects, b.causes, b.replies} {
			if err := b.warn(step(p, u)); err != nil {
				return err
			}
		}
	}
	return nil
}

// subjects adds the function that returns the id of an event's subject and, for sent
// events, the function that sets it.
func (b *builder) subjects(p *specdoc.Protocol, u *Union) error {
	a := &Accessor{
		Name: u.Name + "Subject", Union: u, Results: "(id string, ok bool)", Default: `return "", false`,
		Doc: "returns the id of the subject of x, such as an item. ok reports whether events of this type " +
			"have a subject; the id is \"\" if x lacks it.",
	}
	for _, m := range p.Messages {
		if m.About == nil {
			continue
		}
		text, err := b.locate(m, m.About)
		if err != nil {
			return err
		}
		a.add("*"+b.structOf(m).Name, false, "if x == nil {", `return "", true`, "}", "return "+text+", true")
		if p.Sent {
			b.setter(m)
		}
	}
	return b.addProtocol(a)
}

// causes adds, for received events, the function that returns the id of the event that
// an event refers to. For sent events it adds the function that reports whether an event
// has an id.
func (b *builder) causes(p *specdoc.Protocol, u *Union) error {
	a := &Accessor{
		Name: u.Name + "Cause", Union: u, Results: "(id string, ok bool)", Default: `return "", false`,
		Doc: "returns the id of the event that x refuses. ok reports whether events of this type refuse others; " +
			"the id is \"\" if x lacks it.",
	}
	for _, m := range p.Messages {
		if m.Cause == nil {
			continue
		}
		text, err := b.locate(m, m.Cause)
		if err != nil {
			return err
		}
		if !p.Sent {
			a.add("*"+b.structOf(m).Name, false, "if x == nil {", `return "", true`, "}", "return "+text+", true")
		}
	}
	if !p.Sent {
		return b.addProtocol(a)
	}
	return b.hasID(p, u)
}

// hasID adds the function that reports whether an event has an id.
func (b *builder) hasID(p *specdoc.Protocol, u *Union) error {
	path, err := causePath(p)
	if len(path) != 1 || err != nil {
		return err
	}
	wire := path[0]
	quoted := strconv.Quote(wire)
	a := &Accessor{
		Name: "Has" + joined(u.Name, goName(wire)), Union: u, Results: "bool", Default: "return false",
		Doc: "reports whether x has the member " + wire + ", even one whose value does not fit its field.",
	}
	for _, m := range p.Messages {
		s := b.structOf(m)
		f := s.field(wire)
		has := "true"
		if !f.Required {
			has = "x." + f.Name + " != nil || overridden(x.Extra, " + quoted + ")"
		}
		a.add("*"+s.Name, false, "return x != nil && ("+has+")")
	}
	a.add("*"+u.Unknown(), false, "return x != nil && wire.HasMember(x.Raw, "+quoted+")")
	return b.addProtocol(a)
}

// causePath returns the path of the correlationId in the messages of a protocol. It
// returns an error unless all messages have it at the same path, or none has it.
func causePath(p *specdoc.Protocol) ([]string, error) {
	i := slices.IndexFunc(p.Messages, func(m *specdoc.Message) bool { return m.Cause != nil })
	if i < 0 {
		return nil, nil
	}
	first := p.Messages[i].Cause
	for _, m := range p.Messages {
		switch {
		case m.Cause == nil:
			return nil, m.Errorf("%s has no correlationId, but other messages of %s have it at %s: does it lack a message trait?", m.Name, p.Union, first)
		case !slices.Equal(m.Cause.Path, first.Path):
			return nil, m.Cause.Errorf("the correlationId of %s is at %s; that of other messages of %s is at %s", m.Name, m.Cause, p.Union, first)
		}
	}
	return first.Path, nil
}

// setter adds the function that sets the id of a union's value, if that value is the
// subject of a sent message.
func (b *builder) setter(m *specdoc.Message) {
	path := m.About.Path
	if len(path) < 2 {
		return
	}
	owner := b.structOf(m)
	for _, wire := range path[:len(path)-2] {
		owner = owner.field(wire).Type.Struct
	}
	u, wire := owner.field(path[len(path)-2]).Type.Union, path[len(path)-1]
	if u == nil {
		return
	}
	a := &Accessor{
		Name: "With" + joined(u.Name, goName(wire)), Union: u, Params: ", value string", Results: u.Name, Default: "return x",
		Doc: "returns a copy of x whose member " + wire + " is value. It returns a nil x unchanged.",
	}
	if slices.ContainsFunc(b.pkg.Protocols, func(o *Accessor) bool { return o.Union == u && strings.HasPrefix(o.Name, a.Name) }) {
		return
	}
	for _, s := range u.structs() {
		f := s.field(wire)
		value := "value"
		if f.Type.Name != "" {
			value = f.Type.Name + "(value)"
		}
		if f.Pointer() {
			value = "new(" + value + ")"
		}
		a.add("*"+s.Name, false, "if x != nil {", "c := *x", "c."+f.Name+" = "+value, "c.Extra.Delete("+strconv.Quote(wire)+")", "return &c", "}")
	}
	a.add("*"+u.Unknown(), false, "if x != nil {",
		"return &"+u.Unknown()+"{Type: x.Type, Raw: wire.WithMember(x.Raw, "+strconv.Quote(wire)+", value)}", "}")
	_ = b.addProtocol(a)
	b.writable(u)
}

// writable adds the function that removes members that only the server writes from a
// union's value, if the union has such members.
func (b *builder) writable(u *Union) {
	a := &Accessor{
		Name: "Writable" + u.Name, Union: u, Results: u.Name, Default: "return x",
		Doc: "returns a copy of x without the members that only the server writes, or nil for a variant that only " +
			"the server makes. It returns a [*" + u.Unknown() + "] unchanged.",
	}
	for _, s := range u.structs() {
		if s.ReadOnly {
			a.add("*"+s.Name, true, "return nil")
			continue
		}
		var body []string
		for _, f := range s.Fields {
			if f.ReadOnly && f.Const == nil {
				body = append(body, "c."+f.Name+" = "+f.zeroValue(), "c.Extra.Delete("+strconv.Quote(f.Wire)+")")
			}
		}
		if body != nil {
			a.add("*"+s.Name, false, slices.Concat([]string{"if x != nil {", "c := *x"}, body, []string{"return &c", "}"})...)
		}
	}
	_ = b.addProtocol(a)
}

// locate returns the expression for the string at a location in the message x.
func (b *builder) locate(m *specdoc.Message, loc *specdoc.Location) (string, error) {
	s, v := b.structOf(m), "x"
	if s == nil {
		return "", loc.Errorf("the payload of %s is not an object", m.Name)
	}
	for i, wire := range loc.Path {
		f := s.field(wire)
		if f == nil {
			return "", loc.Errorf("%s: there is no member %s in the payload of %s", loc, wire, m.Name)
		}
		rest := loc.Path[i+1:]
		switch {
		case len(rest) == 0 && f.Type.Kind == String && f.textType() == "string":
			return f.text(v), nil
		case len(rest) == 0:
			return "", loc.Errorf("%s: the member %s is not a string", loc, wire)
		case f.Type.Kind == UnionKind && len(rest) == 1:
			a := b.texts[f.Type.Union][rest[0]]
			if a == nil || a.Results != "string" {
				return "", loc.Errorf("%s: %s is not a string that all variants of %s have", loc, rest[0], f.Type.Union.Name)
			}
			return a.Name + "(" + v + "." + f.Name + ")", nil
		case f.byValue() && f.Required && !f.Nullable:
			s, v = f.Type.Struct, v+"."+f.Name
		default:
			return "", loc.Errorf("%s: the member %s is not a required object", loc, wire)
		}
	}
	return "", loc.Errorf("%s: is not a location", loc)
}
