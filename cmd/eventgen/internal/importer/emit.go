package importer

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
)

// member returns the lines of an object's member: its name and its schema.
func (e *emitter) member(name string, n *yaml.Node, hint string) ([]string, error) {
	body, err := e.schema(n, hint+model.GoName(name))
	if err != nil {
		return nil, err
	}
	lines := []string{plain(name) + ":"}
	described := append([]string{todoMember}, body...)
	if strings.HasPrefix(body[0], "$ref: ") { // By our convention $ref comes first.
		described = append([]string{body[0], todoMember}, body[1:]...)
	}
	for _, l := range described {
		lines = append(lines, indent(l, 2))
	}
	return lines, nil
}

// schema returns the lines of an inner schema. A schema that needs a name becomes a
// component, called hint unless it has an upstream name.
func (e *emitter) schema(n *yaml.Node, hint string) ([]string, error) {
	s, err := e.look(n)
	if err != nil {
		return nil, err
	}
	if e.needsName(s) {
		name, err := e.component(s, hint)
		if err != nil {
			return nil, err
		}
		ref := "$ref: '" + schemas + name + "'"
		if s.null {
			return []string{"anyOf:", "  - " + ref, "  - type: 'null'"}, nil
		}
		return []string{ref}, nil
	}
	return e.inline(s, hint)
}

// needsName reports whether our spec has such a schema as a component.
func (e *emitter) needsName(s shape) bool {
	switch {
	case s.arms != nil, s.open != nil:
		return true
	case s.name != "" && len(e.names(s.name)) > 0 && (typeOf(s.node) != "string" || len(constants(s.node)) > 0):
		return true
	}
	return child(s.node, "properties").value != nil || len(constants(s.node)) > 1 || child(s.node, "x-known-values").value != nil
}

// inline returns the lines of a scalar, a list or a map.
func (e *emitter) inline(s shape, hint string) ([]string, error) {
	kind := typeOf(s.node)
	var lines []string
	if kind != "" {
		if s.null {
			lines = append(lines, "type: ["+kind+", 'null']")
		} else {
			lines = append(lines, "type: "+kind)
		}
	}
	if c := constants(s.node); len(c) == 1 {
		lines = append(lines, "const: "+literal(s.node, c[0]))
	}
	lines = append(lines, scalars(s.node)...)
	for _, key := range []string{"items", "additionalProperties"} {
		inner := child(s.node, key).value
		if inner == nil || inner.Kind == yaml.ScalarNode {
			continue
		}
		body, err := e.schema(inner, hint+map[string]string{"items": "Item"}[key])
		if err != nil {
			return nil, err
		}
		lines = append(lines, key+":")
		for _, l := range body {
			lines = append(lines, indent(l, 2))
		}
	}
	if lines == nil {
		lines = []string{"{}"}
	}
	return lines, nil
}

// component returns the name of our component for an upstream schema, and makes it if
// there is none.
func (e *emitter) component(s shape, hint string) (string, error) {
	if s.name != "" {
		if names := e.names(s.name); len(names) > 0 {
			return names[0], nil
		}
		hint = strings.TrimPrefix(model.GoName(s.name), "Realtime")
	}
	if e.prefer != "" {
		hint, e.prefer = e.prefer, ""
	}
	for _, c := range e.created {
		if c.upstream == s.name && s.name != "" {
			return c.name, nil
		}
	}
	if list, err := e.known(s.node); err == nil && len(list) > 1 && e.same(hint, list) {
		return hint, nil
	}
	name := hint
	for n := 2; len(e.names(name)) > 0 || e.creates(name); n++ {
		name = fmt.Sprintf("%s%d", hint, n)
	}
	at := len(e.created)
	e.created = append(e.created, component{name: name, upstream: s.name, after: e.within}) // First, so that recursion ends.
	within := e.within
	e.within = name
	body, err := e.body(s, name)
	e.within = within
	if err != nil {
		return "", err
	}
	lines := []string{name + ":", "  " + todoType}
	for _, l := range body {
		lines = append(lines, indent(l, 2))
	}
	if s.name != "" && s.name != name {
		lines = append(lines, "  x-upstream: ["+s.name+"]")
	}
	e.created[at].lines = lines
	return name, nil
}

func (e *emitter) creates(name string) bool {
	return slices.ContainsFunc(e.created, func(c component) bool { return c.name == name })
}

// body returns the lines of a component after its description.
func (e *emitter) body(s shape, name string) ([]string, error) {
	switch {
	case s.arms != nil:
		return e.union(s, name)
	case s.open != nil:
		return append([]string{"type: string"}, listed("x-known-values", s.open)...), nil
	case child(s.node, "properties").value != nil:
		return e.object(s.node, name)
	}
	if known := values(child(s.node, "x-known-values").value); known != nil {
		return append([]string{"type: string"}, listed("x-known-values", known)...), nil
	}
	if c := constants(s.node); len(c) > 1 {
		return append([]string{"type: " + typeOf(s.node)}, listed("enum", c)...), nil
	}
	s.null = false
	return e.inline(s, name)
}

// object returns the lines of an object with its members.
func (e *emitter) object(n *yaml.Node, name string) ([]string, error) {
	lines := []string{"type: object"}
	if required := values(child(n, "required").value); len(required) > 0 {
		lines = append(lines, listed("required", required)...)
	}
	lines = append(lines, "properties:")
	properties := child(n, "properties").value
	for i := 0; i+1 < len(properties.Content); i += 2 {
		member, err := e.member(properties.Content[i].Value, properties.Content[i+1], name)
		if err != nil {
			return nil, err
		}
		for _, l := range member {
			lines = append(lines, indent(l, 2))
		}
	}
	if aliases := values(child(n, "x-event-aliases").value); len(aliases) > 0 {
		lines = append(lines, listed("x-event-aliases", aliases)...)
	}
	return lines, nil
}

// union returns the lines of a union of components, with a discriminator if type tells
// its objects apart.
func (e *emitter) union(s shape, name string) ([]string, error) {
	lines := []string{"oneOf:"}
	var mapping []string
	objects := 0
	for _, arm := range s.arms {
		a, err := e.look(arm)
		if err != nil {
			return nil, err
		}
		label := labelOf(a.node)
		if label == "" {
			label = typeOf(a.node)
		}
		ref, err := e.component(a, name+model.GoName(label))
		if err != nil {
			return nil, err
		}
		lines = append(lines, "  - $ref: '"+schemas+ref+"'")
		if child(a.node, "properties").value != nil {
			objects++
			if label := labelOf(a.node); label != "" && !slices.ContainsFunc(mapping, func(m string) bool { return strings.HasPrefix(m, "    "+plain(label)+": ") }) {
				mapping = append(mapping, "    "+plain(label)+": '"+schemas+ref+"'")
			}
		}
	}
	if s.null {
		lines = append(lines, "  - type: 'null'")
	}
	if objects > 1 && len(mapping) == objects {
		lines = append(lines, "discriminator:", "  propertyName: type", "  mapping:")
		lines = append(lines, mapping...)
	}
	return lines, nil
}

// listed returns a list in one line, or in several if it is long.
func listed(key string, list []string) []string {
	quoted := make([]string, len(list))
	for i, v := range list {
		quoted[i] = plain(v)
	}
	if one := key + ": [" + strings.Join(quoted, ", ") + "]"; len(one) <= 80 {
		return []string{one}
	}
	lines := []string{key + ":"}
	for _, v := range quoted {
		lines = append(lines, "  - "+v)
	}
	return lines
}
