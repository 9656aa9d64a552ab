package specdoc

import (
	"cmp"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxReferences is the maximum length of a chain of references.
const maxReferences = 8

// message reads the message that an operation lists. It returns nil and warns if the
// message has no schema of JSON.
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
	if title := Member(n, "name"); name == "" && title != nil {
		name = title.Value
	}
	m.Name = cmp.Or(m.Name, name)
	if why := l.opaque(n, pointer); why != "" {
		l.doc.Warn(l.at(n, pointer), "the message %q is left out: %s", name, why)
		return nil, nil //nolint:nilnil // There is no message.
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

// opaque returns why a message has no schema of JSON, or "".
func (l *loader) opaque(n *yaml.Node, pointer string) string {
	payload, _, err := l.traited(n, "payload", pointer)
	if payload == nil || err != nil {
		return "it has no payload"
	}
	format := Member(payload, "schemaFormat")
	if format == nil {
		format = Member(n, "schemaFormat") // AsyncAPI 2 has it there.
	}
	if format != nil && !jsonSchema(format.Value) {
		return "its schema is written in " + format.Value
	}
	if content, _, _ := l.traited(n, "contentType", pointer); content != nil && binary(content.Value) {
		return "it is " + content.Value
	}
	if schema := Member(payload, "schema"); schema != nil {
		payload = schema
	}
	payload, _, err = l.deref(payload, pointer)
	switch {
	case err != nil:
		return "" // An error where the reference is read.
	case payload.Kind != yaml.MappingNode || !slices.ContainsFunc(payload.Content, shapes):
		return "its payload has no type"
	}
	if format := Member(payload, "format"); format != nil && format.Value == "binary" {
		return "it is binary"
	}
	return ""
}

// shapes reports whether a keyword says what values look like.
func shapes(key *yaml.Node) bool {
	return slices.Contains([]string{"type", "properties", "allOf", "oneOf", "anyOf", "enum", "const", "items", "additionalProperties"}, key.Value)
}

// jsonSchema reports whether a schema format is JSON Schema or a form of it.
func jsonSchema(format string) bool {
	return slices.ContainsFunc([]string{"application/schema+", "application/vnd.aai.asyncapi", "application/vnd.oai.openapi"}, func(prefix string) bool {
		return strings.HasPrefix(format, prefix)
	})
}

// binary reports whether content of a media type is neither JSON nor text.
func binary(media string) bool {
	return media == "application/octet-stream" || strings.HasPrefix(media, "audio/") || strings.HasPrefix(media, "image/") || strings.HasPrefix(media, "video/")
}

// payload returns the component that describes the message at a pointer. A payload
// without a component becomes one, with the message's name.
func (l *loader) payload(n *yaml.Node, name, pointer string) (string, error) {
	payload, pointer, err := l.traited(n, "payload", pointer)
	if err != nil {
		return "", err
	}
	if schema := Member(payload, "schema"); schema != nil {
		payload = schema // The payload states its schema's format.
		pointer += "/schema"
	}
	at := l.at(payload, pointer)
	if ref := refOf(payload); ref != "" {
		target, err := l.follow(ref, at)
		if err != nil {
			return "", err
		}
		if component, ok := strings.CutPrefix(ref, schemasPointer); ok && !strings.Contains(component, "/") {
			return Unescape(component), nil
		}
		payload, pointer, name = target, ref, cmp.Or(fileStem(ref), name)
	}
	if name == "" {
		name = "Message"
	}
	for n, stem := 2, name; ; n++ {
		switch Member(l.schemas, name) {
		case nil:
			if _, foreign := l.doc.files[payload]; !foreign {
				l.doc.claim(payload, l.name)
			}
			l.doc.written[schemasPointer+Escape(name)] = cmp.Or(at.Written, pointer)
			put(l.schemas, name, payload)
			return name, nil
		case payload:
			return name, nil
		}
		name = stem + strconv.Itoa(n)
	}
}

// fileStem returns the name of a file without its extension if a reference leads to the
// whole file, or else "".
func fileStem(ref string) string {
	file, ok := strings.CutPrefix(ref, filesPointer)
	if !ok || strings.Contains(file, "/") {
		return ""
	}
	stem, _, _ := strings.Cut(path.Base(Unescape(file)), ".")
	return stem
}

// location reads a keyword of a message, or of its first trait that has the keyword, as
// a location in the payload. It returns nil for a location in the headers.
func (l *loader) location(n *yaml.Node, keyword, pointer string) (*Location, error) {
	value, pointer, err := l.traited(n, keyword, pointer)
	if value == nil || err != nil {
		return nil, err
	}
	at := l.at(value, pointer)
	loc, err := l.parseLocation(value, at, keyword)
	if fault, ok := errors.AsType[*Error](err); ok && keyword == "correlationId" {
		l.doc.Warn(fault.Position, "%s", fault.Msg)
		return nil, nil //nolint:nilnil // Not a location that the generator can use.
	}
	return loc, err
}

// parseLocation reads the value of a keyword that holds a location.
func (l *loader) parseLocation(value *yaml.Node, at Position, keyword string) (_ *Location, err error) {
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
