package wirepaths

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxLabels is the maximum number of constant types of an arm that each get a label.
const maxLabels = 16

// label is a name of a union's arm.
type label struct {
	text string
	// key and value are the member that the name begins with and its constant.
	key, value string
}

// labels returns the names of a union's arm. An arm without constants has the names
// under which the discriminator maps it, or none.
func (w *walker) labels(union object, a arm) ([]label, error) {
	labels, err := w.constantLabels(union, a)
	if ref, ok := a.schema["$ref"].(string); ok && labels == nil {
		for _, name := range mapped(union, ref) {
			labels = append(labels, label{text: name})
		}
	}
	return labels, err
}

// constantLabels returns the constant values of an arm's discriminator, type and role,
// joined by slashes. An arm for several types has a label for each.
func (w *walker) constantLabels(union object, a arm) ([]label, error) {
	c, err := w.doc.compose(a.schema, a.at)
	if err != nil {
		return nil, err
	}
	keys := []string{"type", "role"}
	discriminator, _ := union.object("discriminator")["propertyName"].(string)
	if discriminator != "" && !slices.Contains(keys, discriminator) {
		keys = append([]string{discriminator}, keys...)
	}
	var labels []label
	for _, key := range keys {
		values, err := w.constants(c.members[key])
		switch {
		case err != nil:
			return nil, err
		case len(values) == 0 || len(values) > maxLabels:
		case labels == nil:
			for _, v := range values {
				labels = append(labels, label{v, key, v})
			}
		case len(values) == 1:
			for i := range labels {
				labels[i].text += "/" + values[0]
			}
		}
	}
	return labels, nil
}

// constants returns the values that a member allows: one value, or several of which it
// allows no others.
func (w *walker) constants(m member) ([]string, error) {
	if m.schema == nil {
		return nil, nil
	}
	s, err := w.inner(m.schema)
	if err != nil {
		return nil, err
	}
	values := slices.DeleteFunc(slices.Clone(s.values()), func(v any) bool { return v == nil })
	if len(values) > 1 && !s.closed() {
		return nil, nil
	}
	var names []string
	for _, v := range values {
		names = append(names, fmt.Sprint(v))
	}
	return names, nil
}

// inner returns a schema without references, null and wrappers of one schema.
func (w *walker) inner(s object) (object, error) {
	for range maxDepth {
		target, _, err := w.doc.deref(s)
		if err != nil {
			return nil, err
		}
		s = target
		switch arms, all := s.arms(), s.objects("allOf"); {
		case s.object("discriminator") != nil:
			return s, nil
		case len(arms) == 1:
			s = arms[0].schema
		case len(all) == 1 && s["properties"] == nil:
			s = all[0]
		default:
			return s, nil
		}
	}
	return nil, errors.New("wirepaths: a schema contains itself")
}

// mapped returns the values that a union's discriminator maps to a reference.
func mapped(union object, ref string) []string {
	var names []string
	mapping := union.object("discriminator").object("mapping")
	for _, name := range slices.Sorted(maps.Keys(mapping)) {
		if to := fmt.Sprint(mapping[name]); to == ref || "#/components/schemas/"+to == ref {
			names = append(names, name)
		}
	}
	return names
}

// unnamed returns a name for an event without a constant type: that of its component, its
// title, or its place in the union.
func (a arm) unnamed() string {
	if ref, ok := a.schema["$ref"].(string); ok {
		return "(" + ref[strings.LastIndexByte(ref, '/')+1:] + ")"
	}
	if title, ok := a.schema["title"].(string); ok && !strings.ContainsRune(title, ' ') {
		return "(" + title + ")"
	}
	return "(" + strings.TrimPrefix(a.at, "/") + ")"
}
