package specdoc

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxReferences is the maximum length of a chain of references.
const maxReferences = 8

// message reads the message that an operation lists.
func (l *loader) message(n *yaml.Node, at Position) (*Message, error) {
	m := &Message{Position: at}
	pointer := at.Pointer
	for range maxReferences { // An operation's message refers to a channel's message, which is a reference too.
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
func (l *loader) payload(n *yaml.Node, name, pointer string) (string, error) {
	payload := Member(n, "payload")
	if payload == nil {
		return "", l.at(n, pointer).Errorf("message %q has no payload", name)
	}
	pointer += "/payload"
	if schema := Member(payload, "schema"); schema != nil {
		payload = schema // The payload states its schema's format.
		pointer += "/schema"
	}
	at := l.at(payload, pointer)
	if ref := refOf(payload); ref != "" {
		component, ok := strings.CutPrefix(ref, schemasPointer)
		if !ok || strings.Contains(component, "/") {
			return "", at.Errorf("message %q: the payload refers to %q, which is not a component", name, ref)
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
		return "", at.Errorf("two schemas have the name %s", name)
	}
	return name, nil
}

// location reads a keyword of a message, or of its first trait that has the keyword, as
// a location in the payload. It returns nil for a location in the headers.
func (l *loader) location(n *yaml.Node, keyword, pointer string) (*Location, error) {
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
		return nil, nil //nolint:nilnil // A location, but not in the payload.
	}
	path, ok := strings.CutPrefix(value.Value, "$message.payload#/")
	if !ok || path == "" {
		return nil, at.Errorf("%q is not a location such as $message.payload#/item/id", value.Value)
	}
	loc := &Location{Position: at}
	for part := range strings.SplitSeq(path, "/") {
		loc.Path = append(loc.Path, Unescape(part))
	}
	return loc, nil
}

// traited returns a member of a message, or else of one of its traits, and its pointer.
func (l *loader) traited(n *yaml.Node, keyword, pointer string) (*yaml.Node, string, error) {
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

// traitsOf returns the references to the traits of an operation or a message.
func traitsOf(n *yaml.Node) []string {
	list := Member(n, "traits")
	if list == nil {
		return nil
	}
	var refs []string
	for _, t := range list.Content {
		if ref := refOf(Alias(t)); ref != "" {
			refs = append(refs, ref)
		}
	}
	return refs
}
