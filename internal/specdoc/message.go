package specdoc

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxReferences is how many references may follow each other.
const maxReferences = 8

// message reads the message that an operation lists.
func (l *lift) message(n *yaml.Node, at Position) (*Message, error) {
	m := &Message{Position: at}
	pointer := at.Pointer
	for range maxReferences { // An operation's message refers to its channel's, which refers on.
		ref := refOf(n)
		if ref == "" {
			break
		}
		next, err := l.follow(ref, at)
		if err != nil {
			return nil, err
		}
		if m.Name == "" {
			m.Name = lastSegment(ref)
		}
		n, pointer = next, ref
	}
	name := m.Name
	if pointer != at.Pointer {
		name = lastSegment(pointer)
	}
	var err error
	if m.Schema, err = l.payload(n, name, pointer); err != nil {
		return nil, err
	}
	if m.Cause, err = l.location(n, "correlationId", pointer); err != nil {
		return nil, err
	}
	m.About, err = l.location(n, "x-subject", pointer)
	return m, err
}

// payload returns the component that describes the message at a pointer. A payload
// without a component becomes one, with the message's name.
func (l *lift) payload(n *yaml.Node, name, pointer string) (string, error) {
	payload := Member(n, "payload")
	if payload == nil {
		return "", l.at(n, pointer).Errorf("message %q has no payload", name)
	}
	pointer += "/payload"
	if schema := Member(payload, "schema"); schema != nil {
		payload = schema // A payload that names its schema's format.
		pointer += "/schema"
	}
	at := l.at(payload, pointer)
	if ref := refOf(payload); ref != "" {
		component, ok := strings.CutPrefix(ref, schemasPointer)
		if !ok || strings.Contains(component, "/") {
			return "", at.Errorf("message %q: the payload refers to %q, which is no component", name, ref)
		}
		if _, err := l.follow(ref, at); err != nil {
			return "", err
		}
		return Unescape(component), nil
	}
	if taken := Member(l.schemas, name); taken == nil {
		l.doc.claim(payload, l.name)
		l.doc.written[schemasPointer+Escape(name)] = pointer
		put(l.schemas, name, payload)
	} else if taken != payload {
		return "", at.Errorf("two schemas are called %s", name)
	}
	return name, nil
}

// location reads a keyword of a message, or of the first of its traits that has it,
// as a place in the payload. It returns nil for a place in the headers.
func (l *lift) location(n *yaml.Node, keyword, pointer string) (*Location, error) {
	value, pointer, err := l.traited(n, keyword, pointer)
	if value == nil || err != nil {
		return nil, err
	}
	at := l.at(value, pointer)
	if value.Kind == yaml.MappingNode { // A correlationId is an object with a location.
		if ref := refOf(value); ref != "" {
			if value, err = l.follow(ref, at); err != nil {
				return nil, err
			}
			at = l.at(value, ref)
		}
		if value = Member(value, "location"); value == nil {
			return nil, at.Errorf("has no location")
		}
	}
	if keyword == "correlationId" && strings.HasPrefix(value.Value, "$message.header#") {
		return nil, nil //nolint:nilnil // a place, but none in the payload
	}
	path, ok := strings.CutPrefix(value.Value, "$message.payload#/")
	if !ok || path == "" {
		return nil, at.Errorf("%q is no location such as $message.payload#/item/id", value.Value)
	}
	loc := &Location{Position: at}
	for part := range strings.SplitSeq(path, "/") {
		loc.Path = append(loc.Path, Unescape(part))
	}
	return loc, nil
}

// traited finds a member of a message, or else of one of its traits.
func (l *lift) traited(n *yaml.Node, keyword, pointer string) (*yaml.Node, string, error) {
	if v := Member(n, keyword); v != nil {
		return v, pointer + "/" + keyword, nil
	}
	for _, ref := range traitsOf(n) {
		trait, err := l.follow(ref, l.at(n, pointer))
		if err != nil {
			return nil, "", err
		}
		if v := Member(trait, keyword); v != nil {
			return v, ref + "/" + keyword, nil
		}
	}
	return nil, "", nil
}

// replies reads what answers each message. A reply is a message of the same channel,
// which goes the other way.
func (l *lift) replies(groups []*group) error {
	for _, g := range groups {
		for _, o := range g.operations {
			replies, err := l.repliesOf(o, g)
			if err != nil {
				return err
			}
			for _, m := range o.messages {
				m.Replies = replies
			}
		}
	}
	return nil
}

func (l *lift) repliesOf(o *operation, g *group) ([]*Message, error) {
	reply := Member(o.node, "reply")
	if reply == nil {
		return nil, nil
	}
	pointer := o.pointer + "/reply"
	if ref := refOf(reply); ref != "" {
		node, err := l.follow(ref, l.at(reply, pointer))
		if err != nil {
			return nil, err
		}
		reply, pointer = node, ref
	}
	at := l.at(reply, pointer)
	channel := Member(reply, "channel")
	if channel == nil {
		return nil, at.Errorf("a reply names its channel: channel must be %q", g.channel)
	}
	if refOf(channel) != g.channel {
		return nil, l.at(channel, pointer+"/channel").
			Errorf("a reply comes on the channel of its operation: channel must be %q", g.channel)
	}
	list := Member(reply, "messages")
	if list == nil || len(list.Content) == 0 {
		return nil, at.Errorf("a reply lists its messages, in the order in which they come")
	}
	var replies []*Message
	seen := map[string]bool{}
	for i, n := range list.Content {
		at := l.at(n, pointer+"/messages/"+strconv.Itoa(i))
		ref := refOf(Alias(n))
		if !strings.HasPrefix(ref, g.channel+"/messages/") {
			return nil, at.Errorf("%q is no message of %s", ref, g.channel)
		}
		m := l.received(g, ref)
		switch {
		case m == nil:
			return nil, at.Errorf("no operation of the channel goes the other way with %q", ref)
		case seen[m.Schema]:
			return nil, at.Errorf("%s stands twice", m.Name)
		}
		seen[m.Schema] = true
		replies = append(replies, m)
	}
	return replies, nil
}

// received finds the message of a channel that goes the other way than a group's.
func (l *lift) received(g *group, ref string) *Message {
	for _, p := range l.doc.Protocols {
		if p.Channel != lastSegment(g.channel) || p.Sent == (g.action == "send") {
			continue
		}
		for _, m := range p.Messages {
			if m.Name == lastSegment(ref) {
				return m
			}
		}
	}
	return nil
}
