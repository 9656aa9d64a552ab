package model

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// text returns a switch in one line, such as type{a: A, b: role{c: C}}.
func (s *Switch) text() string {
	if s == nil {
		return "none"
	}
	var cases []string
	for _, c := range s.Cases {
		then := c.Switch.text()
		if c.Struct != nil {
			then = c.Struct.Name
		}
		cases = append(cases, strings.Join(c.Values, "|")+": "+then)
	}
	return s.Key + "{" + strings.Join(cases, ", ") + "}"
}

// object returns an object schema whose members are the constants a=b.
func object(constants ...string) string {
	var names, properties []string
	for _, c := range constants {
		name, value, _ := strings.Cut(c, "=")
		names = append(names, name)
		properties = append(properties, fmt.Sprintf("%s: {const: %s}", name, value))
	}
	return "{type: object, required: [" + strings.Join(names, ", ") + "], properties: {size: {type: integer}, " + strings.Join(properties, ", ") + "}}"
}

// union returns the union U of components A, B and C.
func union(beside string, arms ...string) string {
	var b strings.Builder
	b.WriteString("    U:\n" + beside + "      oneOf:\n")
	for i := range arms {
		fmt.Fprintf(&b, "        - {$ref: '#/components/schemas/%c'}\n", 'A'+i)
	}
	for i, arm := range arms {
		fmt.Fprintf(&b, "    %c: %s\n", 'A'+i, arm)
	}
	return b.String()
}

// TestUnionKeys checks the members that tell the objects of a union apart.
func TestUnionKeys(t *testing.T) {
	t.Parallel()
	discriminator := "      discriminator: {propertyName: kind}\n"
	for _, tt := range []struct{ name, schemas, want string }{
		{"type", union("", object("type=a"), object("type=b")), "type{a: A, b: B}"},
		{"discriminator before type", union(discriminator, object("type=a", "kind=c"), object("type=b", "kind=d")), "kind{c: A, d: B}"},
		{"another constant", union("", object("role=a"), object("role=b")), "role{a: A, b: B}"},
		{"type before another constant", union("", object("role=a", "type=c"), object("role=b", "type=d")), "type{c: A, d: B}"},
		{
			"a second key", union("", object("type=a", "role=x"), object("type=b"), object("type=a", "role=y")),
			"type{b: B, a: role{x: A, y: C}}",
		},
		{"one object without constant", union("", object(), "{type: string, x-known-values: [auto]}"), "none"},
		{"one object with type", union("", object("type=a"), "{type: string, x-known-values: [auto]}"), "type{a: A}"},
		{
			"older names", "    U:\n      x-event-union: true\n      oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]\n" +
				"    A: " + strings.TrimSuffix(object("type=a"), "}") + ", x-event-aliases: [c, d]}\n    B: " + object("type=b") + "\n",
			"type{a|c|d: A, b: B}",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, of(t, tt.schemas).union(t, "U").Switch().text())
		})
	}
}

func TestUnionErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, schemas, want string }{
		{"no key", union("", object(), object()), "A and B of U cannot be told apart, since they lack a constant member"},
		{"same key", union("", object("type=a"), object("type=a")), `A and B of U cannot be told apart, since they have the type "a"`},
		{"second key is the same", union("", object("type=a", "role=x"), object("type=a", "role=x")), `A and B of U cannot be told apart, since they have the type "a"`},
		{"events of which one has no type", union("      x-event-union: true\n", object(), "{type: string, x-known-values: [auto]}"), "U is no union of events, and has fewer methods: an arm is not an object with a constant string"},
		{"events with null", "    U: {x-event-union: true, oneOf: [{$ref: '#/components/schemas/A'}, {type: 'null'}]}\n    A: " + object("type=a") + "\n", "U is no union of events, and has fewer methods: it allows null"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := faults(head + tt.schemas)
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

// TestOpenArm checks the variant of objects that lack the key of an anyOf.
func TestOpenArm(t *testing.T) {
	t.Parallel()
	anyOf := func(second string) string {
		return "    U: {anyOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}\n    A: " + object("type=a") + "\n    B: " + second + "\n"
	}
	u := of(t, anyOf(object())).union(t, "U")
	assert.Equal(t, "type{a: A}", u.Switch().text())
	require.NotNil(t, u.Open)
	assert.Equal(t, "B", u.Open.Name)
	assert.False(t, u.OpenToAll, "an unknown type goes to the unknown variant")

	u = of(t, anyOf("{type: object, properties: {type: {type: string}}}")).union(t, "U")
	assert.True(t, u.OpenToAll, "an unknown type has a field")
}

func TestUnionOfScalars(t *testing.T) {
	t.Parallel()
	pkg := of(t, `    U:
      oneOf:
        - {type: string, const: auto}
        - {type: integer, maximum: 5}
        - {type: 'null'}
        - {$ref: '#/components/schemas/Point'}
        - {type: array, items: {type: string}}
`+others)
	u := pkg.union(t, "U")
	assert.Equal(t, "Variants: [UString], [UInteger], [*Point], [UArray], [Null], [*UnknownU].", u.Variants())
	assert.True(t, u.Null)
	assert.Equal(t, "Point", u.Alone().Name)
	assert.Equal(t, "type", u.Key(), "the name in the unknown variant")
	assert.Equal(t, []Value{{"UStringAuto", "auto", `"auto"`}}, u.Arms[0].Named.Constants())
	assert.Empty(t, u.Arms[1].Named.Constants())
	var kinds []string
	for _, a := range u.Arms {
		kinds = append(kinds, a.JSONKind())
	}
	assert.Equal(t, []string{"String", "Number", "Object", "Array"}, kinds)
}

// TestNestedUnion checks that the arms of an inner union become arms of the outer one.
func TestNestedUnion(t *testing.T) {
	t.Parallel()
	pkg := of(t, "    U: {oneOf: [{$ref: '#/components/schemas/Shape'}, {$ref: '#/components/schemas/A'}]}\n    A: "+object("type=a")+"\n"+others)
	assert.Equal(t, "type{circle: Circle, square: Square, a: A}", pkg.union(t, "U").Switch().text())
}

// TestGroups checks which structs share files.
func TestGroups(t *testing.T) {
	t.Parallel()
	pkg := of(t, `    Thing: {type: object, properties: {p: {$ref: '#/components/schemas/Point'}}}
    ServerEvent:
      x-event-union: true
      oneOf: [{$ref: '#/components/schemas/A'}]
    A: `+object("type=a")+"\n"+others)
	got := map[string][]string{}
	for _, g := range pkg.Groups {
		for _, s := range g.Structs {
			got[g.Name] = append(got[g.Name], s.Name)
		}
	}
	assert.Equal(t, map[string][]string{
		"server_events": {"A"}, "variants": {"Circle", "Square"}, "types": {"Thing", "Point", "Stamp"},
	}, got)
}

// TestCollections checks the names of the functions that read lists and maps. The
// functions of elements come first.
func TestCollections(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, member string
		want         []string
	}{
		{"texts", "{type: array, items: {type: string}}", []string{"StringSlice []string"}},
		{"objects", "{type: array, items: {$ref: '#/components/schemas/Point'}}", []string{"PointSlice []Point"}},
		{"any JSON", "{type: array, items: {}}", []string{"RawSlice []json.RawMessage"}},
		{"bytes", "{type: object, additionalProperties: {type: string, format: byte}}", []string{"BytesMap map[string][]byte"}},
		{"nullable", "{type: array, items: {type: [string, 'null']}}", []string{"StringOrNullSlice []Nullable[string]"}},
		{
			"lists in a map", "{type: object, additionalProperties: {type: array, items: {type: integer}}}",
			[]string{"IntSlice []int", "IntSliceMap map[string][]int"},
		},
		{"none", "{type: string}", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			schema := "{type: object, properties: {a: " + tt.member + ", b: " + tt.member + "}}"
			for _, c := range of(t, "    Thing: "+schema+"\n"+others).Collections {
				got = append(got, c.Name+" "+c.Base())
			}
			assert.Equal(t, tt.want, got)
		})
	}
}
