package model

import (
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// replies adds the function that returns the types of the replies to an event.
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
	return b.addProtocol(a)
}

// repliesTo returns the types of the events that answer a message. It returns an error
// if a reply could not be matched with its request.
func (b *builder) repliesTo(m *specdoc.Message) ([]string, error) {
	var names []string
	for _, r := range m.Replies {
		s := b.structOf(r)
		switch {
		case s == nil || s.EventType == "":
			return nil, m.Errorf("%s has a reply %s, which is not an event", m.Name, r.Name)
		case r.Cause != nil:
			continue // A refusal; its Cause names the message.
		case m.About != nil && r.About == nil:
			return nil, m.Errorf("%s has an x-subject but its reply %s has none, so the reply cannot be matched with its request", m.Name, r.Name)
		}
		names = append(names, s.EventType)
	}
	if names == nil {
		return nil, nil
	}
	if b.structOf(m) == nil {
		return nil, m.Errorf("%s has replies, but its payload is not an object", m.Name)
	}
	if id := b.structOf(m).missingSubject(m); id != "" {
		return nil, m.Errorf("%s has replies and requires the member %s, so it needs an x-subject with that location", m.Name, id)
	}
	return names, nil
}

// missingSubject returns the required id of a message without an x-subject, or "".
func (s *Struct) missingSubject(m *specdoc.Message) string {
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
