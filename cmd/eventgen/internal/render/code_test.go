package render

import (
	"go/format"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
	"github.com/voicelane/realtime-go/templates"
)

// printed executes one template for data and formats the statements.
func printed(t *testing.T, name string, data any) string {
	t.Helper()
	tmpl, err := parse(templates.FS)
	require.NoError(t, err)
	var b strings.Builder
	require.NoError(t, tmpl.ExecuteTemplate(&b, name, data))
	return formatted(t, b.String())
}

func formatted(t *testing.T, statements string) string {
	t.Helper()
	out, err := format.Source([]byte(statements))
	require.NoError(t, err, statements)
	return strings.TrimSpace(string(out))
}

// Types of members.
var (
	text    = &model.Type{Kind: model.String}
	named   = &model.Type{Kind: model.String, Name: "Color"}
	flag    = &model.Type{Kind: model.Bool}
	count   = &model.Type{Kind: model.Int}
	time64  = &model.Type{Kind: model.Int64}
	speed   = &model.Type{Kind: model.Float, Name: "Speed"}
	data    = &model.Type{Kind: model.Bytes}
	anyJSON = &model.Type{Kind: model.Raw}
	point   = &model.Type{Kind: model.StructKind, Name: "Point", Struct: &model.Struct{Name: "Point"}}
	shape   = &model.Type{Kind: model.UnionKind, Name: "Shape", Union: &model.Union{Name: "Shape"}}
	texts   = &model.Type{Kind: model.Slice, Elem: text}
	matrix  = &model.Type{Kind: model.Slice, Elem: &model.Type{Kind: model.Slice, Elem: count}}
	points  = &model.Type{Kind: model.Map, Elem: point}
	orNull  = &model.Type{Kind: model.Slice, Elem: &model.Type{Kind: model.NullableKind, Elem: text}}
)

// fieldCodes has members called a with the code that reads and writes them.
var fieldCodes = []struct {
	name           string
	field          model.Field
	decode, encode string
}{
	{
		"required text",
		model.Field{Type: text, Required: true},
		"x.A = d.String()",
		"if e.RequiredField(&x.Extra, 2, x.A == \"\", `,\"a\":`) {\n\te.String(x.A)\n}",
	},
	{
		"unshared text",
		model.Field{Type: text, Required: true, Unshared: true},
		"x.A = d.NovelString()",
		"if e.RequiredField(&x.Extra, 2, x.A == \"\", `,\"a\":`) {\n\te.String(x.A)\n}",
	},
	{
		"required named text",
		model.Field{Type: named, Required: true},
		"x.A = Color(d.String())",
		"if e.RequiredField(&x.Extra, 2, x.A == \"\", `,\"a\":`) {\n\te.String(string(x.A))\n}",
	},
	{
		"optional text",
		model.Field{Type: text},
		"x.A = d.OptString()",
		"if x.A != nil && e.Field(&x.Extra, `,\"a\":`) {\n\te.String(*x.A)\n}",
	},
	{
		"optional named text",
		model.Field{Type: named},
		"x.A = (*Color)(d.OptString())",
		"if x.A != nil && e.Field(&x.Extra, `,\"a\":`) {\n\te.String(string(*x.A))\n}",
	},
	{
		"required flag",
		model.Field{Type: flag, Required: true},
		"x.A = d.Bool()",
		"if e.RequiredField(&x.Extra, 2, !x.A, `,\"a\":`) {\n\te.Bool(x.A)\n}",
	},
	{
		"optional integer",
		model.Field{Type: count},
		"x.A = wire.Opt(d, d.Int())",
		"if x.A != nil && e.Field(&x.Extra, `,\"a\":`) {\n\te.Int(int64(*x.A))\n}",
	},
	{
		"required time",
		model.Field{Type: time64, Required: true},
		"x.A = d.Int64()",
		"if e.RequiredField(&x.Extra, 2, x.A == 0, `,\"a\":`) {\n\te.Int(x.A)\n}",
	},
	{
		"optional named number",
		model.Field{Type: speed},
		"x.A = wire.Opt(d, Speed(d.Float64()))",
		"if x.A != nil && e.Field(&x.Extra, `,\"a\":`) {\n\te.Float64(float64(*x.A))\n}",
	},
	{
		"optional bytes",
		model.Field{Type: data},
		"x.A = d.Base64(nil)",
		"if x.A != nil && e.Field(&x.Extra, `,\"a\":`) {\n\te.Base64(x.A)\n}",
	},
	{
		"required of any kind",
		model.Field{Type: anyJSON, Required: true},
		"x.A = d.Raw()",
		"if e.RequiredField(&x.Extra, 2, x.A == nil, `,\"a\":`) {\n\te.Raw(x.A)\n}",
	},
	{
		"required object",
		model.Field{Type: point, Required: true},
		"if o.Again() {\n\tx.A = Point{}\n}\nx.A.decode(d)",
		"if e.RequiredField(&x.Extra, 2, x.A.isZero(), `,\"a\":`) {\n\tx.A.encode(e)\n}",
	},
	{
		"optional object",
		model.Field{Type: point},
		"v := new(Point)\nv.decode(d)\nx.A = wire.Fit(d, v)",
		"if x.A != nil && e.Field(&x.Extra, `,\"a\":`) {\n\tx.A.encode(e)\n}",
	},
	{
		"optional union",
		model.Field{Type: shape},
		"x.A = wire.Fit(d, decodeShape(d))",
		"if x.A != nil && e.Field(&x.Extra, `,\"a\":`) {\n\tencodeShape(e, x.A)\n}",
	},
	{
		"nullable text",
		model.Field{Type: text, Nullable: true, Required: true},
		"if d.Null() {\n\tx.A = NullOf[string]()\n} else {\n\tx.A = wire.Val(d, d.String())\n}",
		"if e.RequiredField(&x.Extra, 2, x.A.IsZero(), `,\"a\":`) {\n\tif v, ok := x.A.Get(); ok {\n\t\te.String(v)\n\t} else {\n\t\te.Null()\n\t}\n}",
	},
	{
		"nullable object",
		model.Field{Type: point, Nullable: true},
		"if d.Null() {\n\tx.A = NullOf[Point]()\n} else {\n\tv := wire.Hold(&x.A)\n\tv.decode(d)\n\twire.Release(d, &x.A)\n}",
		"if !x.A.IsZero() && e.Field(&x.Extra, `,\"a\":`) {\n\tif v, ok := x.A.Get(); ok {\n\t\tv.encode(e)\n\t} else {\n\t\te.Null()\n\t}\n}",
	},
	{
		"object that holds itself",
		model.Field{Type: point, Nullable: true, Boxed: true},
		"if d.Null() {\n\tx.A = NullOf[*Point]()\n} else {\n\tv := new(Point)\n\tv.decode(d)\n\tx.A = wire.Val(d, v)\n}",
		"if !x.A.IsZero() && e.Field(&x.Extra, `,\"a\":`) {\n\tif v, ok := x.A.Get(); ok {\n\t\tv.encode(e)\n\t} else {\n\t\te.Null()\n\t}\n}",
	},
	{
		"optional list of lists",
		model.Field{Type: matrix},
		"x.A = decodeIntSliceSlice(d)",
		"if x.A != nil && e.Field(&x.Extra, `,\"a\":`) {\n\te.BeginArray()\n\tfor i := range x.A {\n\t\te.Elem()\n\t\te.BeginArray()\n" +
			"\t\tfor j := range x.A[i] {\n\t\t\te.Elem()\n\t\t\te.Int(int64(x.A[i][j]))\n\t\t}\n\t\te.EndArray()\n\t}\n\te.EndArray()\n}",
	},
	{
		"optional map",
		model.Field{Type: points},
		"x.A = decodePointMap(d)",
		"if x.A != nil && e.Field(&x.Extra, `,\"a\":`) {\n\te.BeginMap()\n\tfor _, k0 := range wire.SortedKeys(x.A) {\n\t\te.Key(k0)\n" +
			"\t\tv0 := x.A[k0]\n\t\tv0.encode(e)\n\t}\n\te.EndMap()\n}",
	},
	{
		"constant text",
		model.Field{Type: text, Required: true, Const: constant("string", "on")},
		`d.Const("on")`,
		"e.Const(&x.Extra, 2, `,\"a\":\"on\"`)",
	},
	{
		"constant integer",
		model.Field{Type: count, Required: true, Const: constant("integer", "8")},
		`d.ConstInt(8)`,
		"e.Const(&x.Extra, 2, `,\"a\":8`)",
	},
	{
		"constant flag in front",
		model.Field{Index: 1, Type: flag, Required: true, Const: constant("boolean", "true")},
		`d.ConstBool(true)`,
		"e.BeginConst(&x.Extra, `{\"a\":true`)",
	},
	{
		"name of an event",
		model.Field{Type: text, Required: true, EventTypes: []string{"now", "once"}, Const: constant("string", "now")},
		`d.Type(&x.Extra, "now", "once")`,
		"e.Type(&x.Extra, 2, `,\"a\":\"now\"`)",
	},
}

func TestFieldCode(t *testing.T) {
	t.Parallel()
	for _, tt := range fieldCodes {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := tt.field
			f.Name, f.Wire = "A", "a"
			if f.Index == 0 {
				f.Index = 2
			}
			assert.Equal(t, tt.decode, printed(t, "decode "+f.Form(), &f))
			assert.Equal(t, tt.encode, printed(t, "encode field", &f))
		})
	}
}

func constant(kind, text string) *load.Value {
	v := &load.Value{Kind: kind, Text: text, Quoted: text}
	if kind == "string" {
		v.Quoted = load.Quote(text)
	}
	return v
}

// TestElementCode checks the code that reads an element of a list or map into v.
func TestElementCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		elem *model.Type
		want string
	}{
		{"text", text, "v := d.String()"},
		{"named text", named, "v := Color(d.String())"},
		{"object", point, "var v Point\nv.decode(d)"},
		{"union", shape, "v := decodeShape(d)"},
		{"list", texts, "v := decodeStringSlice(d)"},
		{"text or null", orNull.Elem, "var item Nullable[string]\nif d.Null() {\n\titem = NullOf[string]()\n} else {\n\titem = wire.Val(d, d.String())\n}\nv := item"},
		{"list of text or null", orNull, "v := decodeStringOrNullSlice(d)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, printed(t, "element", tt.elem))
		})
	}
}

var (
	short   = model.Checks{MinLen: new(1), MaxLen: new(3)}
	bounded = &model.Type{Kind: model.StructKind, Name: "Point", Struct: &model.Struct{HasChecks: true}}
)

// check returns a check as it is printed.
func check(indent, call, wrapped string) string {
	return indent + "if err := " + call + "; err != nil {\n" + indent + "\treturn " + wrapped + "\n" + indent + "}\n"
}

// validateCodes has members called a with the code that checks their bounds.
var validateCodes = []struct {
	name  string
	field model.Field
	want  string
}{
	{"no bounds", model.Field{Type: text, Required: true}, ""},
	{"constant", model.Field{Type: text, Required: true, Checks: short, Const: constant("string", "on")}, ""},
	{
		"required text",
		model.Field{Type: text, Required: true, Checks: short},
		"if !overridden(x.Extra, \"a\") {\n" +
			check("\t", `wire.CheckLength("", utf8.RuneCountInString(x.A), 1, 3, "characters")`, `wire.In("a", err)`) + "}",
	},
	{
		"optional pattern",
		model.Field{Type: text, Checks: model.Checks{Pattern: "^a"}},
		"if x.A != nil {\n" + check("\t", `wire.CheckPattern("", *x.A, "^a")`, `wire.In("a", err)`) + "}",
	},
	{
		"open range",
		model.Field{Type: count, Checks: model.Checks{Min: new(0.0), MinOpen: true}},
		"if x.A != nil {\n" + check("\t", `wire.CheckRange("", float64(*x.A), math.Nextafter(0, math.Inf(1)), math.Inf(1))`, `wire.In("a", err)`) + "}",
	},
	{
		"bytes count as base64",
		model.Field{Type: data, Required: true, Checks: model.Checks{MaxLen: new(8)}},
		"if !overridden(x.Extra, \"a\") {\n" +
			check("\t", `wire.CheckLength("", base64.StdEncoding.EncodedLen(len(x.A)), 0, 8, "characters of base64")`, `wire.In("a", err)`) + "}",
	},
	{
		"nullable",
		model.Field{Type: text, Nullable: true, Required: true, Checks: short},
		"if v, ok := x.A.Get(); ok {\n" + check("\t", `wire.CheckLength("", utf8.RuneCountInString(v), 1, 3, "characters")`, `wire.In("a", err)`) + "}",
	},
	{
		"required union",
		model.Field{Type: shape, Required: true},
		"if !overridden(x.Extra, \"a\") {\n\tif x.A == nil {\n\t\treturn wire.Invalid(\"a\", \"is required\")\n\t}\n}",
	},
	{
		"optional object",
		model.Field{Type: bounded},
		"if x.A != nil {\n" + check("\t", "x.A.Validate()", `wire.In("a", err)`) + "}",
	},
	{
		"list of objects",
		model.Field{Type: &model.Type{Kind: model.Slice, Elem: bounded}},
		"if x.A != nil {\n\tfor i := range x.A {\n" + check("\t\t", "x.A[i].Validate()", `wire.In("a", wire.In(wire.At(i), err))`) + "\t}\n}",
	},
	{
		"map of lists",
		model.Field{Type: &model.Type{Kind: model.Map, Elem: &model.Type{Kind: model.Slice, Elem: &model.Type{Kind: model.String, Checks: short}}}},
		"if x.A != nil {\n\tfor k0, v0 := range x.A {\n\t\tfor j := range v0 {\n" +
			check("\t\t\t", `wire.CheckLength("", utf8.RuneCountInString(v0[j]), 1, 3, "characters")`, `wire.In("a", wire.In(k0, wire.In(wire.At(j), err)))`) +
			"\t\t}\n\t}\n}",
	},
}

func TestValidateCode(t *testing.T) {
	t.Parallel()
	for _, tt := range validateCodes {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := tt.field
			f.Name, f.Wire = "A", "a"
			got := validateField(&f)
			if tt.want == "" {
				assert.Empty(t, got)
				return
			}
			assert.Equal(t, tt.want, formatted(t, got))
		})
	}
}

// TestFlatCode checks the code that appends the pieces of an object.
func TestFlatCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		piece model.Piece
		want  string
	}{
		{
			"bytes",
			model.Piece{Text: `{"a":`, Field: &model.Field{Name: "A", Wire: "a", Type: data, Required: true}},
			"dst = append(dst, `{\"a\":`...)\ndst = wire.AppendBase64(dst, x.A)",
		},
		{
			"optional text",
			model.Piece{Field: &model.Field{Name: "A", Wire: "a", Type: named}},
			"if x.A != nil {\n\tdst = append(dst, `,\"a\":`...)\n\tdst = wire.AppendString(dst, string(*x.A))\n}",
		},
		{"the end", model.Piece{Text: "}"}, "return append(dst, `}`...), nil"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, printed(t, "append", tt.piece))
		})
	}
}

func TestSwitchCode(t *testing.T) {
	t.Parallel()
	got := printed(t, "switch", &model.Switch{Key: "type", Cases: []*model.Choice{
		{Values: []string{"a", "old"}, Struct: &model.Struct{Name: "A"}},
		{Values: []string{"b"}, Switch: &model.Switch{Key: "role", Cases: []*model.Choice{{Values: []string{"c"}, Struct: &model.Struct{Name: "C"}}}}},
	}})
	assert.Equal(t, `switch string(d.Find("type", last)) {
case "a", "old":
	x := new(A)
	x.decode(d)
	return x
case "b":
	switch string(d.Find("role", last)) {
	case "c":
		x := new(C)
		x.decode(d)
		return x
	}
}`, got)
}
