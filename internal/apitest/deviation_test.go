package apitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// fullest returns an instance of s with all members. Each union and choice takes the
// variant with the given number, so that increasing numbers cover all variants.
func (d *document) fullest(s *schema, variant int) any {
	s = d.deref(s)
	switch arms := s.arms(); {
	case arms != nil:
		return d.fullest(arms[variant%len(arms)], variant/len(arms))
	case s.Const != nil:
		return s.Const
	case s.Enum != nil:
		return s.Enum[variant%len(s.Enum)]
	}
	switch s.Type[variant%len(s.Type)] {
	case "null":
		return nil
	case "boolean":
		return true
	case "integer", "number":
		return 1
	case "string":
		return "AAEC"
	case "array":
		return []any{d.fullest(s.Items, variant), d.fullest(s.Items, variant+1), d.fullest(s.Items, variant+2)}
	}
	object := map[string]any{}
	for name, p := range s.Properties {
		object[name] = d.fullest(p, variant)
	}
	if s.Properties == nil && s.Additional.schema != nil {
		object["k"] = d.fullest(s.Additional.schema, variant)
	}
	return object
}

// sample returns the JSON of the fullest instance of e.
func (d *document) sample(t *testing.T, e event, variant int) []byte {
	t.Helper()
	object, ok := d.fullest(e.schema, variant).(map[string]any)
	require.True(t, ok)
	object["type"] = e.name
	data, err := json.Marshal(object)
	require.NoError(t, err)
	return data
}

// eachEvent calls f for each event of each union. It does not run them in parallel,
// because they share the document.
func eachEvent(t *testing.T, f func(t *testing.T, doc *document, u union, e event)) {
	t.Helper()
	doc := readSpec(t)
	for _, u := range unions() {
		for _, e := range doc.events(t, u.name) {
			f(t, doc, u, e)
		}
	}
}

// TestEveryCut truncates full instances of every event at every byte. The error must
// report an unexpected end and its offset.
func TestEveryCut(t *testing.T) {
	t.Parallel()
	eachEvent(t, func(t *testing.T, doc *document, u union, e event) {
		t.Helper()
		for variant := range 3 {
			data := doc.sample(t, e, variant)
			require.NoError(t, check(u, data), "%s", data)
			for n := range data {
				require.False(t, json.Valid(data[:n]))
				x, err := u.decode(data[:n:n])
				require.Nil(t, x, "%s", data[:n])
				wrong, ok := errors.AsType[*api.DecodeError](err)
				require.True(t, ok, "%s: %v", data[:n], err)
				require.EqualValues(t, n, wrong.Offset, "%s", data[:n])
				require.Contains(t, wrong.Reason, "end of input", "%s", data[:n])
			}
		}
	})
}

// TestNamesAreExact adds members whose names differ from an event's only in case,
// before and after its own. encoding/json would match them. No field may change. A name
// written with escapes matches.
func TestNamesAreExact(t *testing.T) {
	t.Parallel()
	eachEvent(t, func(t *testing.T, doc *document, u union, e event) {
		t.Helper()
		data := string(doc.sample(t, e, 0))
		want, err := u.decode([]byte(data))
		require.NoError(t, err)
		for _, name := range e.schema.members() {
			for _, other := range []string{strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:], strings.ReplaceAll(name, "s", "ſ")} {
				if other == name {
					continue
				}
				stray := fmt.Sprintf(`%q:"other"`, other)
				for _, text := range []string{"{" + stray + "," + data[1:], data[:len(data)-1] + "," + stray + "}"} {
					require.NoError(t, check(u, []byte(text)), "%s", text)
					got, err := u.decode([]byte(text))
					require.NoError(t, err)
					sameFields(t, want, got)
				}
			}
			escaped := strings.Replace(data, fmt.Sprintf("%q:", name), fmt.Sprintf(`"\u%04x%s":`, name[0], name[1:]), 1)
			got, err := u.decode([]byte(escaped))
			require.NoError(t, err)
			require.NoError(t, alike(reflect.ValueOf(want), reflect.ValueOf(got)), "%s", escaped)
		}
	})
}

// sameFields compares the fields of two events, but not their own Extra.
func sameFields(t *testing.T, want, got anyEvent) {
	t.Helper()
	a, b := reflect.ValueOf(want).Elem(), reflect.ValueOf(got).Elem()
	require.Equal(t, a.Type(), b.Type())
	for i, f := range reflect.VisibleFields(a.Type()) {
		if f.IsExported() && f.Name != "Extra" {
			require.NoError(t, alike(a.Field(i), b.Field(i)), f.Name)
		}
	}
}

// TestTypeAnywhere decodes every event with its type first, last, twice, with escapes,
// of another kind, under another name, and without it.
func TestTypeAnywhere(t *testing.T) {
	t.Parallel()
	eachEvent(t, func(t *testing.T, doc *document, u union, e event) {
		t.Helper()
		object, ok := doc.fullest(e.schema, 0).(map[string]any)
		require.True(t, ok)
		delete(object, "type")
		data, err := json.Marshal(object)
		require.NoError(t, err)
		rest := strings.TrimPrefix(strings.Trim(string(data[1:len(data)-1]), ","), ",")
		own := fmt.Sprintf(`"type":%q`, e.name)
		escaped := fmt.Sprintf(`"t\u0079pe":"\u%04x%s"`, e.name[0], e.name[1:])
		for _, text := range []string{
			join(own, rest), join(rest, own), join(rest, escaped), join(escaped, rest), join(own, rest, own), join(own, rest, escaped),
			join(`"type":"else"`, rest, own), join(own, rest, `"type":"else"`), join(own, rest, `"type":"error"`), join(`"type":5`, rest, own),
			join(own, rest, `"type":null`), join(own, rest, `"type":[]`), join(`"type":{"type":"error"}`, rest), join(`"TYPE":"error"`, rest, own),
			join(own, rest, `"Type":"error"`), join(`"TYPE":"error"`, rest), join(rest), join(`"x":{`+own+`}`, rest), join(own, `"x":{"type":"error"}`, rest, own),
		} {
			require.NoError(t, check(u, []byte(text)), "%s", text)
		}
	})
}

// join returns an object with the given members, without the empty ones.
func join(members ...string) string {
	var list []string
	for _, m := range members {
		if m != "" {
			list = append(list, m)
		}
	}
	return "{" + strings.Join(list, ",") + "}"
}
