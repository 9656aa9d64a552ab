package model

import (
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// replies adds the function that lists what answers an event.
func (b *builder) replies(p *specdoc.Protocol, u *Union) error {
	a := &Accessor{
		Name: u.Name + "Replies", Union: u, Results: "[]string", Default: "return nil",
		Doc: "returns the types of the events that answer x, in order; the last one ends the exchange. " +
			"Events that refuse x are not listed. The list is shared: do not modify it.",
	}
	for _, m := range p.Messages {
		names, err := b.repliesTo(m)
		if err != nil {
			return err
		}
		if names == nil {
			continue
		}
		s := b.structOf(m)
		list := &Replies{Var: "repliesTo" + s.Name, Names: names}
		b.pkg.Replies = append(b.pkg.Replies, list)
		a.add("*"+s.Name, false, "return "+list.Var)
	}
	return b.protocol(a)
}

// repliesTo returns the types of the events that answer a message, and fails where
// an answer could not be told from that to another message.
func (b *builder) repliesTo(m *specdoc.Message) ([]string, error) {
	var names []string
	for _, r := range m.Replies {
		s := b.structOf(r)
		switch {
		case s == nil || s.EventType == "":
			return nil, m.Errorf("%s has a reply %s, which is no event", m.Name, r.Name)
		case r.Cause != nil:
			continue // It refuses the message that it names.
		case m.About != nil && r.About == nil:
			return nil, m.Errorf("%s has an x-subject and its reply %s has none, so nothing says which request it answers", m.Name, r.Name)
		}
		names = append(names, s.EventType)
	}
	if names == nil {
		return nil, nil
	}
	if id := b.structOf(m).unsaidSubject(m); id != "" {
		return nil, m.Errorf("%s has replies and requires the member %s, so it needs an x-subject that leads there", m.Name, id)
	}
	return names, nil
}

// unsaidSubject returns a required id of a message that does not say what it is
// about, or "".
func (s *Struct) unsaidSubject(m *specdoc.Message) string {
	if m.About != nil {
		return ""
	}
	for _, f := range s.Fields {
		own := m.Cause != nil && slices.Equal(m.Cause.Path, []string{f.Wire})
		if f.Required && f.Const == nil && !own && strings.HasSuffix(f.Wire, "_id") {
			return f.Wire
		}
	}
	return ""
}
