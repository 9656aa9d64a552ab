package model

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	toPoint   = "{$ref: '#/components/schemas/Point'}"
	toShape   = "{$ref: '#/components/schemas/Shape'}"
	toColor   = "{$ref: '#/components/schemas/Color'}"
	toNoPoint = "{$ref: '#/components/schemas/NoPoint'}"
)

// TestField checks for each kind of member its Go type, how it is read, and the test of
// absence.
func TestField(t *testing.T) {
	t.Parallel()
	const must, may = "a_b", ""
	for _, tt := range []struct{ name, required, member, goType, form, isZero string }{
		{"required text", must, "{type: string}", "string", "value", `x.AB == ""`},
		{"required flag", must, "{type: boolean}", "bool", "value", "!x.AB"},
		{"required integer", must, "{type: integer}", "int", "value", "x.AB == 0"},
		{"optional bounded number", may, "{type: integer, format: int64, minimum: 10, maximum: 7200}", "*int", "optional", "x.AB == nil"},
		{"optional half bounded number", may, "{type: integer, format: int64, minimum: 10}", "*int64", "optional", "x.AB == nil"},
		{"required time", must, "{type: integer, format: unixtime}", "int64", "value", "x.AB == 0"},
		{"required number", must, "{type: number}", "float64", "value", "x.AB == 0"},
		{"required bytes", must, "{type: string, contentEncoding: base64}", "[]byte", "value", "x.AB == nil"},
		{"required of any kind", must, "{}", "json.RawMessage", "value", "x.AB == nil"},
		{"required list", must, "{type: array, items: {type: string}}", "[]string", "value", "x.AB == nil"},
		{"required map", must, "{type: object, additionalProperties: {type: integer}}", "map[string]int", "value", "x.AB == nil"},
		{"required named text", must, toColor, "Color", "value", `x.AB == ""`},
		{"required object", must, toPoint, "Point", "struct", "x.AB.isZero()"},
		{"required union", must, toShape, "Shape", "union", "x.AB == nil"},
		{"optional text", may, "{type: string}", "*string", "optional text", "x.AB == nil"},
		{"optional named text", may, toColor, "*Color", "optional text", "x.AB == nil"},
		{"optional integer", may, "{type: integer}", "*int", "optional", "x.AB == nil"},
		{"optional bytes", may, "{type: string, format: byte}", "[]byte", "value", "x.AB == nil"},
		{"optional list", may, "{type: array, items: {type: string}}", "[]string", "value", "x.AB == nil"},
		{"optional object", may, toPoint, "*Point", "optional struct", "x.AB == nil"},
		{"optional union", may, toShape, "Shape", "union", "x.AB == nil"},
		{"optional constant", may, "{const: here}", "*string", "optional text", "x.AB == nil"},
		{"nullable text", must, "{type: [string, 'null']}", "Nullable[string]", "nullable", "x.AB.IsZero()"},
		{"nullable list", may, "{type: [array, 'null'], items: {type: string}}", "Nullable[[]string]", "nullable", "x.AB.IsZero()"},
		{"nullable by reference", may, toNoPoint, "Nullable[Point]", "nullable", "x.AB.IsZero()"},
		{"object that holds itself", may, "{anyOf: [{$ref: '#/components/schemas/Thing'}, {type: 'null'}]}", "Nullable[*Thing]", "boxed", "x.AB.IsZero()"},
		{"list of nullable", must, "{type: array, items: {type: [integer, 'null']}}", "[]Nullable[int]", "value", "x.AB == nil"},
		{"nullable union", must, "{anyOf: [" + toShape + ", {type: 'null'}]}", "Shape", "union", "x.AB == nil"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := thing(t, tt.required, tt.member)
			assert.Equal(t, []string{tt.goType, tt.form, tt.isZero}, []string{f.GoType(), f.Form(), f.IsZero()})
			assert.Nil(t, f.Const)
			assert.True(t, f.First())
		})
	}
}

func TestConstantField(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, member, quoted string
		kind                 Kind
	}{
		{"text", "{const: here}", `"here"`, String},
		{"enumeration of one", "{type: string, enum: [here]}", `"here"`, String},
		{"integer", "{const: 24000}", "24000", Int},
		{"flag", "{const: true}", "true", Bool},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := thing(t, "a_b", tt.member)
			require.NotNil(t, f.Const)
			assert.Equal(t, tt.quoted, f.Const.Quoted)
			assert.Equal(t, tt.kind, f.Type.Kind)
			assert.Equal(t, "constant", f.Form())
		})
	}
	f := thing(t, "a_b", "{type: [string, 'null'], enum: [here, null]}")
	assert.Nil(t, f.Const, "null is another value")
}

// TestFieldNames checks which member keeps a Go name that two members would have.
func TestFieldNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, properties string
		want             []string
	}{
		{"two spellings", "{a_b: {type: string}, a.b: {type: string}}", []string{"AB", "AB2"}},
		{"method", "{validate: {type: string}, extra: {type: string}}", []string{"Validate2", "Extra2"}},
		{"x-go-name stays", "{a: {type: string}, b: {type: string, x-go-name: A}}", []string{"A2", "A"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range of(t, "    Thing: {type: object, properties: "+tt.properties+"}\n").Structs[0].Fields {
				got = append(got, f.Name)
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, required, properties, want string }{
		{"required integer", "[end_ms]", "{end_ms: {type: integer}}", "End"},
		{"optional integer", "[]", "{end_ms: {type: integer}}", ""},
		{"number", "[end_ms]", "{end_ms: {type: number}}", ""},
		{"name is taken", "[end_ms]", "{end_ms: {type: integer}, end: {type: string}}", ""},
		{"other unit", "[end_s]", "{end_s: {type: integer}}", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pkg := of(t, "    Thing: {type: object, required: "+tt.required+", properties: "+tt.properties+"}\n")
			assert.Equal(t, tt.want, pkg.Structs[0].Fields[0].Duration)
		})
	}
}

func TestUnshared(t *testing.T) {
	t.Parallel()
	schemas := `    Thing:
      type: object
      required: [id, delta, color]
      properties:
        id: {type: string}
        delta: {type: string, contentEncoding: base64}
        color: {$ref: '#/components/schemas/Color'}
        other: {type: string}
` + others
	document := func(list string) string {
		return "openapi: 3.1.0\ninfo: {title: Test, version: '1', x-go-unshared: " + list + "}\ncomponents:\n  schemas:\n" + schemas
	}
	pkg, err := built(document("[id]"))
	require.NoError(t, err)
	var forms []string
	for _, f := range pkg.Structs[0].Fields {
		forms = append(forms, f.Form())
	}
	assert.Equal(t, []string{"unshared", "value", "value", "optional text"}, forms)

	for _, tt := range []struct{ name, list, want string }{
		{"bytes", "[id, delta]", `no object has a required string "delta"`},
		{"named text", "[color]", `no object has a required string "color"`},
		{"optional text", "[other]", `no object has a required string "other"`},
		{"no list", "id", "must be a list of members"},
		{"empty list", "[]", "must be a list of members"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := built(document(tt.list))
			assert.EqualError(t, err, "a.yaml:2: #/info/x-go-unshared: "+tt.want)
		})
	}
}

// TestFlat checks which objects are written without an Encoder, and their pieces.
func TestFlat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, required, properties string
		want                       []string // Text and member in turn.
	}{
		{"audio", "[type, audio]", "{type: {const: append}, audio: {type: string, format: byte}}", []string{`{"type":"append","audio":`, "Audio", "}", ""}},
		{
			"audio and an id", "[type, audio]", "{type: {const: append}, id: {type: string}, audio: {type: string, format: byte}, last: {type: string}}",
			[]string{`{"type":"append"`, "ID", `,"audio":`, "Audio", "", "Last", "}", ""},
		},
		{"constants around", "[type, audio, rate]", "{type: {const: a}, audio: {type: string, format: byte}, rate: {const: 8}}", []string{`{"type":"a","audio":`, "Audio", `,"rate":8}`, ""}},
		{"no bytes", "[type]", "{type: {const: append}, id: {type: string}}", nil},
		{"optional bytes", "[type]", "{type: {const: append}, audio: {type: string, format: byte}}", nil},
		{"bytes first", "[type, audio]", "{audio: {type: string, format: byte}, type: {const: append}}", nil},
		{"required text", "[type, audio, id]", "{type: {const: append}, audio: {type: string, format: byte}, id: {type: string}}", nil},
		{"nullable text", "[type, audio]", "{type: {const: append}, audio: {type: string, format: byte}, id: {type: [string, 'null']}}", nil},
		{"nullable bytes", "[type, audio]", "{type: {const: append}, audio: {type: [string, 'null'], format: byte}}", nil},
		{"number", "[type, audio]", "{type: {const: append}, audio: {type: string, format: byte}, size: {type: integer}}", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pkg := of(t, "    Thing: {type: object, required: "+tt.required+", properties: "+tt.properties+"}\n")
			var got []string
			for _, p := range pkg.Structs[0].Flat() {
				name := ""
				if p.Field != nil {
					name = p.Field.Name
				}
				got = append(got, p.Text, name)
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestRequiredMask(t *testing.T) {
	t.Parallel()
	pkg := of(t, "    Thing: {type: object, required: [a, e], properties: {a: {type: string}, b: {type: string}, e: {type: string}}}\n")
	assert.Equal(t, "0x5", pkg.Structs[0].RequiredMask())
}

// TestReadOnly checks that readOnly of a member counts, and readOnly of the component
// that it refers to does not.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	assert.True(t, thing(t, "", "{type: string, readOnly: true}").ReadOnly)
	assert.True(t, thing(t, "", "{$ref: '#/components/schemas/Point', readOnly: true}").ReadOnly)
	assert.False(t, thing(t, "", "{type: string}").ReadOnly)
	assert.False(t, thing(t, "", "{$ref: '#/components/schemas/Stamp'}").ReadOnly)
}

// TestSecret checks that x-go-secret of a member counts, and what prints in its place.
func TestSecret(t *testing.T) {
	t.Parallel()
	required := thing(t, "required: [thing], ", "{type: string, x-go-secret: true}")
	assert.True(t, required.Secret)
	optional := thing(t, "", "{type: string, x-go-secret: true}")
	assert.True(t, optional.Secret)
	assert.Equal(t, "*new(*string)", optional.Masked())
	assert.False(t, thing(t, "", "{type: string}").Secret)
}
