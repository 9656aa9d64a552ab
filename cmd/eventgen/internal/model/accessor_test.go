package model

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// text returns an accessor with one line for each case.
func (a *Accessor) text() string {
	if a == nil {
		return ""
	}
	out := []string{a.Name + "(" + a.Union.Name + a.Params + ") " + a.Results}
	for _, c := range a.Cases {
		out = append(out, strings.Join(c.Types, ", ")+": "+strings.Join(c.Body, " "))
	}
	return strings.Join(append(out, a.Default), "\n")
}

// TestAccessors checks which members of a union's variants get a function, and its code.
func TestAccessors(t *testing.T) {
	t.Parallel()
	variants := func(a, b string) string {
		return "    Item: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}\n" +
			"    A: {type: object, required: [type, must], properties: {type: {const: a}, " + a + "}}\n" +
			"    B: {type: object, required: [type], properties: {type: {const: b}, " + b + "}}\n" + others
	}
	for _, tt := range []struct{ name, a, b, accessor, want string }{
		{
			"the key", "x: {type: string}", "y: {type: string}", "ItemType", `ItemType(Item) string
*A: return "a"
*B: return "b"
*UnknownItem: if x != nil { return x.Type }
return ""`,
		},
		{
			"optional and required", "must: {type: string}", "must: {type: string}", "ItemMust", `ItemMust(Item) string
*A: if x != nil { return x.Must }
*B: if x != nil { return wire.Deref(x.Must) }
*UnknownItem: if x != nil { d := wire.NewDecoder(x.Raw) return string(d.PeekLast("must")) }
return ""`,
		},
		{
			"named text", "color: " + toColor, "color: " + toColor, "ItemColor", `ItemColor(Item) Color
*A: if x != nil { return wire.Deref(x.Color) }
*B: if x != nil { return wire.Deref(x.Color) }
*UnknownItem: if x != nil { d := wire.NewDecoder(x.Raw) return Color(d.PeekLast("color")) }
return ""`,
		},
		{"a constant and a text", "must: {const: m}", "must: {type: string}", "ItemMust", `ItemMust(Item) string
*A: return "m"
*B: if x != nil { return wire.Deref(x.Must) }
*UnknownItem: if x != nil { d := wire.NewDecoder(x.Raw) return string(d.PeekLast("must")) }
return ""`},
		{"one variant lacks it", "must: {type: string}", "other: {type: string}", "ItemMust", ""},
		{"two types", "must: {type: string}", "must: " + toColor, "ItemMust", ""},
		{"nullable", "must: {type: [string, 'null']}", "must: {type: string}", "ItemMust", ""},
		{"no text", "must: {type: integer}", "must: {type: integer}", "ItemMust", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, of(t, variants(tt.a, tt.b)).accessor(tt.accessor).text())
		})
	}
	// Variants with the same result share a case.
	pkg := of(t, union("", object("type=a", "role=x"), object("type=b", "role=x")))
	assert.Contains(t, pkg.accessor("URole").text(), "*A, *B: return \"x\"\n")
	// A name of the document has precedence.
	pkg = of(t, variants("x: {type: string}", "y: {type: string}")+"    ItemType: {type: object, properties: {a: {type: string}}}\n")
	assert.NotNil(t, pkg.accessor("ItemTypeOf"))
}

// TestEventIDs checks which event unions get a function for the events' ids.
func TestEventIDs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, beside, a, b string
		cases              []string // Types of the variants; nil without a function.
	}{
		{"all have one", "x-event-union: true, ", "{type: string}", "{type: string}", []string{"*A", "*B", "*UnknownU"}},
		{"some have one", "x-event-union: true, ", "{type: string}", "", []string{"*A", "*UnknownU"}},
		{"none has one", "x-event-union: true, ", "", "", nil},
		{"one is a number", "x-event-union: true, ", "{type: string}", "{type: integer}", nil},
		{"one is nullable", "x-event-union: true, ", "{type: string}", "{type: [string, 'null']}", nil},
		{"one is of a named type", "x-event-union: true, ", "{type: string}", toColor, nil},
		{"no events", "", "{type: string}", "{type: string}", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			event := func(name, id string) string {
				if id != "" {
					id = ", event_id: " + id
				}
				return "    " + name + ": {type: object, required: [type], properties: {type: {const: " + name + "}" + id + "}}\n"
			}
			a := of(t, "    U: {"+tt.beside+"oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}\n"+
				event("A", tt.a)+event("B", tt.b)+others).accessor("UID")
			if tt.cases == nil {
				assert.Nil(t, a)
				return
			}
			require.NotNil(t, a)
			assert.True(t, a.Binds())
			var types []string
			for _, c := range a.Cases {
				types = append(types, c.Types...)
			}
			assert.Equal(t, tt.cases, types)
		})
	}
}

func TestAccessorBinds(t *testing.T) {
	t.Parallel()
	a := &Accessor{}
	a.add("*A", true, "return max")
	assert.False(t, a.Binds(), "an x in a word is not a use of the variant")
	a.add("*B", true, "return max")
	assert.Len(t, a.Cases, 1)
	a.add("*C", false, "return max")
	assert.Len(t, a.Cases, 2, "a case that uses the variant has only one type")
	a.add("*D", false, "return x.ID")
	assert.True(t, a.Binds())
}
