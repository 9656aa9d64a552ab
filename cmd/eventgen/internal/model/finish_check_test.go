package model

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestChecks checks which bounds a member has.
func TestChecks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, member string
		want         Checks
	}{
		{"none", "{type: string}", Checks{}},
		{"range", "{type: integer, minimum: 1, maximum: 4}", Checks{Min: new(1.0), Max: new(4.0)}},
		{"open range", "{type: number, exclusiveMinimum: 0, exclusiveMaximum: 1.5}", Checks{Min: new(0.0), MinOpen: true, Max: new(1.5), MaxOpen: true}},
		{"length", "{type: string, minLength: 1, maxLength: 32}", Checks{MinLen: new(1), MaxLen: new(32)}},
		{"elements", "{type: array, minItems: 1, maxItems: 2, items: {type: string}}", Checks{MinLen: new(1), MaxLen: new(2)}},
		{
			"members", "{type: object, maxProperties: 16, propertyNames: {maxLength: 64}, additionalProperties: {type: string}}",
			Checks{MaxLen: new(16), KeyMaxLen: new(64)},
		},
		{"pattern", "{type: string, pattern: '^a'}", Checks{Pattern: "^a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := thing(t, "", tt.member)
			assert.Equal(t, tt.want, f.Checks)
			assert.Equal(t, tt.want != Checks{}, f.Checks.Any())
		})
	}
}

// TestHasChecks checks which types have bounds to validate.
func TestHasChecks(t *testing.T) {
	t.Parallel()
	bounded := "    Bounded: {type: object, properties: {a: {type: string, minLength: 1}}}\n    Limit: {type: integer, enum: [1], minimum: 1}\n"
	for _, tt := range []struct {
		name, required, member string
		want                   bool
	}{
		{"nothing", "", "{type: string}", false},
		{"a bound", "", "{type: string, maxLength: 3}", true},
		{"a constant", "a_b", "{const: x, maxLength: 3}", false},
		{"a bounded object", "", "{$ref: '#/components/schemas/Bounded'}", true},
		{"an object without bounds", "", toPoint, false},
		{"a list of bounded objects", "", "{type: array, items: {$ref: '#/components/schemas/Bounded'}}", true},
		{"a list of bounded texts", "", "{type: array, items: {type: string, maxLength: 3}}", true},
		{"a list of bounded texts or null", "", "{type: array, items: {type: [string, 'null'], maxLength: 3}}", true},
		{"a bounded named value", "", "{$ref: '#/components/schemas/Limit'}", true},
		{"a required union", "a_b", toShape, true},
		{"an optional union", "", toShape, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pkg := of(t, "    Thing: {type: object, required: ["+tt.required+"], properties: {a_b: "+tt.member+"}}\n"+bounded+others)
			assert.Equal(t, tt.want, pkg.Structs[0].HasChecks)
			assert.Equal(t, tt.want, pkg.Structs[0].Validates())
		})
	}
	pkg := of(t, "    Thing: {type: object, x-require-one-of: [a], properties: {a: {type: string}}}\n")
	assert.True(t, pkg.Structs[0].HasChecks, "one of the members must be present")
	pkg = of(t, "    U: {x-event-union: true, oneOf: [{$ref: '#/components/schemas/A'}]}\n    A: "+object("type=a")+"\n")
	assert.False(t, pkg.Structs[0].HasChecks)
	assert.True(t, pkg.Structs[0].Validates(), "every event has the method")
}

// TestNeedsIsZero checks which structs need a zero test as required members of others.
func TestNeedsIsZero(t *testing.T) {
	t.Parallel()
	pkg := of(t, `    Outer: {type: object, required: [inner], properties: {inner: {$ref: '#/components/schemas/Inner'}}}
    Inner: {type: object, required: [point], properties: {point: {$ref: '#/components/schemas/Point'}, stamp: {$ref: '#/components/schemas/Stamp'}}}
`+others)
	got := map[string]bool{}
	for _, s := range pkg.Structs {
		got[s.Name] = s.NeedsIsZero
	}
	assert.Equal(t, map[string]bool{"Outer": false, "Inner": true, "Point": true, "Stamp": false, "Circle": false, "Square": false}, got)
}

func TestConstructor(t *testing.T) {
	t.Parallel()
	pkg := of(t, `    Thing:
      type: object
      required: [type, color]
      properties:
        type: {const: thing}
        color: {$ref: '#/components/schemas/Color'}
        size: {type: integer}
        image: {type: string}
        points: {type: array, items: {$ref: '#/components/schemas/Point'}}
      x-go-constructors:
        - name: NewThing
          description: makes a thing.
          params: [type_of, size, data, x]
          value: {type: thing, color: red, size: $size, image: '$dataURI(type_of, data)', points: [{x: $x}, {x: 2}]}
`+others)
	require.Len(t, pkg.Constructors(), 1)
	c := pkg.Constructors()[0]
	assert.Equal(t, "Thing", c.Struct.Name)
	assert.Equal(t, []Param{{"typeOf", "string"}, {"size", "int"}, {"data", "[]byte"}, {"x", "int"}}, c.Params)
	assert.Equal(t, []string{
		"\tColor: ColorRed,",
		"\tSize: new(size),",
		"\tImage: new(wire.DataURI(typeOf, data)),",
		"\tPoints: []Point{{",
		"\t\tX: x,",
		"\t}, {",
		"\t\tX: 2,",
		"\t}},",
	}, c.Lines)
}
