package apitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// probe is a value just outside or just within one bound.
type probe struct {
	path  string // Path of the value outside the bound, as in a ValidationError; "" if all values are within.
	bound string
	value any
}

// probes returns minimal instances of s, each of which touches one of the bounds in s
// or in the schemas that s refers to.
func (d *document) probes(s *schema, outside bool) []probe {
	s = d.deref(s)
	var list []probe
	add := func(bound, path string, value any, isOutside bool) {
		if isOutside == outside {
			list = append(list, probe{path, s.name + " " + bound, value})
		}
	}
	for _, arm := range s.arms() {
		list = append(list, d.probes(arm, outside)...)
	}
	if s.Minimum != nil {
		add("minimum", "", *s.Minimum, false)
		add("minimum", "", *s.Minimum-step(s), true)
	}
	if s.Maximum != nil {
		add("maximum", "", *s.Maximum, false)
		add("maximum", "", *s.Maximum+step(s), true)
	}
	if s.Pattern != "" {
		good := matching(s.Pattern)
		add("pattern", "", good, false)
		for _, bad := range []string{"", good + "0", good[:len(good)-1], strings.ToUpper(good), good + "\n", "x" + good} {
			if !regexp.MustCompile(s.Pattern).MatchString(bad) {
				add("pattern", "", bad, true)
			}
		}
	}
	list = append(list, d.lengthProbes(s, outside)...)
	list = append(list, d.memberProbes(s, outside)...)
	return list
}

// step returns the smallest difference between two values of s.
func step(s *schema) float64 {
	if s.Type[0] == "integer" {
		return 1
	}
	return 1.0 / 1024
}

// lengthProbes returns the probes for the lengths of strings, arrays and maps.
func (d *document) lengthProbes(s *schema, outside bool) []probe {
	var list []probe
	limit := func(bound string, n *int, out int, build func(n int) any) {
		if n == nil {
			return
		}
		size := *n
		if outside {
			size += out
		}
		if size >= 0 {
			list = append(list, probe{"", s.name + " " + bound, build(size)})
		}
	}
	text := func(n int) any { return strings.Repeat("é", n) }
	if s.Encoding == "base64" {
		text = func(n int) any { return strings.Repeat("AAAA", (n+3)/4) }
	}
	limit("minLength", s.MinLength, -1, text)
	limit("maxLength", s.MaxLength, +1, text)
	if s.Items != nil {
		array := func(n int) any {
			elements := make([]any, n)
			for i := range elements {
				elements[i] = d.smallest(s.Items)
			}
			return elements
		}
		limit("minItems", s.MinItems, -1, array)
		limit("maxItems", s.MaxItems, +1, array)
		for _, p := range d.probes(s.Items, outside) {
			list = append(list, p.within("[0]", []any{p.value}))
		}
	}
	if s.Additional.schema != nil {
		limit("maxProperties", s.MaxProperties, +1, func(n int) any {
			object := map[string]any{}
			for i := range n {
				object[fmt.Sprint("k", i)] = d.smallest(s.Additional.schema)
			}
			return object
		})
		for _, p := range d.probes(s.Additional.schema, outside) {
			list = append(list, p.within(".k", map[string]any{"k": p.value}))
		}
		if s.PropertyNames != nil {
			limit("propertyNames", s.PropertyNames.MaxLength, +1, func(n int) any {
				return map[string]any{strings.Repeat("é", n): d.smallest(s.Additional.schema)}
			})
		}
	}
	return list
}

// memberProbes returns the probes for the members of an object.
func (d *document) memberProbes(s *schema, outside bool) []probe {
	var list []probe
	for _, name := range s.members() {
		for _, p := range d.probes(s.Properties[name], outside) {
			object := d.smallestObject(s)
			object[name] = p.value
			list = append(list, p.within("."+name, object))
		}
	}
	if s.RequireOneOf == nil {
		return list
	}
	for _, name := range s.RequireOneOf {
		object := d.smallestObject(s)
		if _, ok := object[name]; ok && outside {
			delete(object, name)
			list = append(list, probe{"", s.name + " x-require-one-of", object})
		}
		if !outside {
			list = append(list, probe{"", s.name + " x-require-one-of", object})
		}
	}
	return list
}

// within returns the probe for a value that has p's value at segment.
func (p probe) within(segment string, value any) probe {
	return probe{segment + p.path, p.bound, value}
}

// smallest returns an instance of s without optional parts.
func (d *document) smallest(s *schema) any {
	s = d.deref(s)
	switch {
	case s.arms() != nil:
		return d.smallest(s.arms()[0])
	case s.Const != nil:
		return s.Const
	case s.Enum != nil:
		return s.Enum[0]
	}
	switch s.Type[0] {
	case "boolean":
		return false
	case "integer", "number":
		if s.Minimum != nil {
			return *s.Minimum
		}
		if s.Maximum != nil {
			return min(*s.Maximum, 0)
		}
		return 0
	case "string":
		if s.Pattern != "" {
			return matching(s.Pattern)
		}
		if s.MinLength != nil {
			return strings.Repeat("x", *s.MinLength)
		}
		return ""
	case "array":
		if s.MinItems != nil && *s.MinItems > 0 {
			return []any{d.smallest(s.Items)}
		}
		return []any{}
	default:
		return d.smallestObject(s)
	}
}

func (d *document) smallestObject(s *schema) map[string]any {
	object := map[string]any{}
	for _, name := range s.Required {
		object[name] = d.smallest(s.Properties[name])
	}
	if s.RequireOneOf != nil {
		object[s.RequireOneOf[0]] = d.smallest(s.Properties[s.RequireOneOf[0]])
	}
	return object
}

// clientUnions returns the unions whose events are made by programs.
func clientUnions() []string { return []string{"ClientEvent", "TranslationClientEvent"} }

// TestBoundsAreInclusive checks that Validate accepts values at each bound of the
// specification.
func TestBoundsAreInclusive(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	for _, name := range clientUnions() {
		for _, e := range doc.events(t, name) {
			for _, p := range doc.probes(e.schema, false) {
				x := probed(t, name, p)
				assert.NoError(t, x.Validate(), "%s: %s", e.name, p.bound)
			}
		}
	}
}

// TestOutOfBounds checks that Validate refuses values just outside each bound. The
// error has the path of the value on the wire.
func TestOutOfBounds(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	bounds := map[string]bool{}
	for _, name := range clientUnions() {
		for _, e := range doc.events(t, name) {
			for _, p := range doc.probes(e.schema, true) {
				bounds[p.bound] = true
				x := probed(t, name, p)
				err, ok := errors.AsType[*api.ValidationError](x.Validate())
				if assert.True(t, ok, "%s: %s is not checked", e.name, p.bound) {
					assert.Equal(t, strings.TrimPrefix(p.path, "."), err.Path, "%s: %s", e.name, p.bound)
					assert.Contains(t, err.Error(), strings.TrimPrefix(p.path, "."))
				}
			}
		}
	}
	for _, want := range []string{
		" minimum", " maxLength", "TokenLimit maximum", "Metadata maxProperties", "Metadata propertyNames",
		" minItems", " maxItems", " pattern", "MCPTool x-require-one-of",
	} {
		assert.True(t, bounds[want], "no probe for %s among %v", want, slices.Sorted(maps.Keys(bounds)))
	}
}

// TestRequiredUnions checks that Validate refuses an event whose required union is nil.
func TestRequiredUnions(t *testing.T) {
	t.Parallel()
	for path, x := range map[string]anyEvent{
		"item":    &api.ConversationItemCreate{},
		"session": &api.SessionUpdate{},
	} {
		err, ok := errors.AsType[*api.ValidationError](x.Validate())
		if assert.True(t, ok, path) {
			assert.Equal(t, path, err.Path)
		}
	}
	for path, data := range map[string]string{
		"item":    `{"type":"conversation.item.create"}`,
		"session": `{"type":"session.update"}`,
	} {
		x, err := api.DecodeClientEvent([]byte(data))
		require.NoError(t, err)
		failure, ok := errors.AsType[*api.ValidationError](x.Validate())
		if assert.True(t, ok, path) {
			assert.Equal(t, path, failure.Path)
		}
	}
}

// probed decodes the event of a probe.
func probed(t *testing.T, union string, p probe) anyEvent {
	t.Helper()
	data, err := json.Marshal(p.value)
	require.NoError(t, err)
	x, err := unionOf(t, union).decode(data)
	require.NoError(t, err, p.bound)
	return x
}
