package wire

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/cputime"
)

func TestKind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Kind{
		" null": KindNull, "\ttrue": KindBool, "false": KindBool, "-1": KindNumber, "0": KindNumber, "\n\"\"": KindString,
		"[": KindArray, "{": KindObject, "": KindInvalid, "  ": KindInvalid, "x": KindInvalid, "+1": KindInvalid, "]": KindInvalid,
	} {
		d := NewDecoder([]byte(text))
		assert.Equal(t, want, d.Kind(), "%q", text)
	}
}

func TestScalars(t *testing.T) {
	t.Parallel()
	d := NewDecoder([]byte(` [ true , false, null, "s", 1e2, -5, 0.25, {"a": [ ]}, 7] `))
	var a Array
	var got []any
	for _, read := range []func() any{
		func() any { return d.Bool() },
		func() any { return d.Bool() },
		func() any { return d.Null() },
		func() any { return d.String() },
		func() any { return d.Int() },
		func() any { return d.Int64() },
		func() any { return d.Float64() },
		func() any { return string(d.Raw()) },
		func() any { d.Skip(); return "skipped" },
	} {
		require.True(t, d.Elem(&a))
		got = append(got, read())
	}
	require.False(t, d.Elem(&a))
	require.False(t, d.Elem(&a), "a finished loop stays finished")
	require.NoError(t, d.End())
	require.Equal(t, []any{true, false, true, "s", 100, int64(-5), 0.25, `{"a": [ ]}`, "skipped"}, got)
}

// TestMismatch checks that a value of another kind is not consumed and reads as the
// zero value.
func TestMismatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		text string
		read func(d *Decoder) any
		want any
	}{
		{"string", `5`, func(d *Decoder) any { return d.String() }, ""},
		{"string null", `null`, func(d *Decoder) any { return d.String() }, ""},
		{"bool", `"true"`, func(d *Decoder) any { return d.Bool() }, false},
		{"int", `"5"`, func(d *Decoder) any { return d.Int() }, 0},
		{"int fraction", `5.5`, func(d *Decoder) any { return d.Int() }, 0},
		{"int64 range", `1e19`, func(d *Decoder) any { return d.Int64() }, int64(0)},
		{"float", `[]`, func(d *Decoder) any { return d.Float64() }, 0.0},
		{"float range", `-1e309`, func(d *Decoder) any { return d.Float64() }, 0.0},
		{"base64", `7`, func(d *Decoder) any { return d.Base64(nil) }, []byte(nil)},
		{"base64 text", `"A"`, func(d *Decoder) any { return d.Base64(nil) }, []byte(nil)},
		{"array", `{}`, func(d *Decoder) any { return d.Elem(new(Array)) }, false},
		{"map", `[]`, func(d *Decoder) any { return d.Entry(new(Map)) }, false},
		{"object", `[]`, func(d *Decoder) any { return d.Next(new(Object), new(Extra)) }, []byte(nil)},
		{"const", `"b"`, func(d *Decoder) any { d.Const("a"); return nil }, nil},
		{"const int", `2`, func(d *Decoder) any { d.ConstInt(1); return nil }, nil},
		{"const bool", `false`, func(d *Decoder) any { d.ConstBool(true); return nil }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := NewDecoder([]byte(tt.text))
			require.Equal(t, tt.want, tt.read(&d))
			require.NoError(t, d.Err(), "not a syntax error")
			require.False(t, d.Failed())
			require.Error(t, d.End())
			d.Seek(0)
			require.Equal(t, tt.text, string(d.Raw()))
			require.NoError(t, d.End())
		})
	}
}

func TestConstants(t *testing.T) {
	t.Parallel()
	d := NewDecoder([]byte(`["a","\u0061",1,1.0,true]`))
	var a Array
	for _, read := range []func(){
		func() { d.Const("a") },
		func() { d.Const("a") },
		func() { d.ConstInt(1) },
		func() { d.ConstInt(1) },
		func() { d.ConstBool(true) },
	} {
		require.True(t, d.Elem(&a))
		read()
	}
	require.False(t, d.Elem(&a))
	require.NoError(t, d.End())
	require.False(t, d.Redefined())
}

// TestPeek checks what Peek and PeekLast find without moving the cursor.
func TestPeek(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text        string
		first, last any
	}{
		{`{"type":"a"}`, "a", "a"},
		{` { "x" : [ {"type":"no"} ] , "type" : "a" , "type" : "b" } `, "a", "b"},
		{`{"x":"long \" \\","type":"\u0061"}`, "a", "a"},
		{`{"\u0074ype":"a"}`, "a", "a"},
		{`{"type":1,"type":"b"}`, nil, "b"},
		{`{"type":"a","type":1}`, "a", nil},
		{`{"type":""}`, "", ""},
		{`{"Type":"a"}`, nil, nil},
		{`{}`, nil, nil},
		{`["type","a"]`, nil, nil},
		{`{"x":}`, nil, nil},
		{`{"x":nul,"type":"a"}`, nil, nil},
		{`{"type":"a`, nil, nil},
		{`{"type"`, nil, nil},
		{`{"type":`, nil, nil},
		{`{"type":"a" "type":"b"}`, "a", "a"},
		{``, nil, nil},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			d := NewDecoder([]byte(tt.text))
			first, last := d.Peek("type"), d.PeekLast("type")
			require.Zero(t, d.Offset())
			require.NoError(t, d.Err())
			for _, c := range []struct {
				want any
				got  []byte
			}{{tt.first, first}, {tt.last, last}} {
				if c.want == nil {
					require.Nil(t, c.got)
				} else {
					require.Equal(t, c.want, string(c.got))
					require.NotNil(t, c.got)
				}
			}
		})
	}
}

// TestDepth compares the nesting limit with encoding/json's, wherever values are
// skipped or read.
func TestDepth(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 127, 128, 129, 192, 193, 9_997, 9_998, 9_999, 10_000, 10_001, 10_002} {
		arrays := strings.Repeat("[", n) + strings.Repeat("]", n)
		objects := strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n)
		for _, text := range []string{
			arrays, objects, `{"u":` + arrays + `}`, `{"tags":` + arrays + `}`, `{"tags":["x",` + objects + `]}`,
			`{"inner":{"meta":{"k":` + arrays + `}}}`, `{"shape":{"type":"new","x":` + arrays + `}}`,
			`{"inner":{"shape":{"type":"label","u":` + objects + `}}}`,
		} {
			d := NewDecoder([]byte(text))
			d.Raw()
			require.Equal(t, json.Valid([]byte(text)), d.End() == nil, "%.20s, %d deep", text, n)
			if text[0] == '{' {
				_, err := decodeSample([]byte(text))
				require.Equal(t, json.Valid([]byte(text)), err == nil, "%.20s, %d deep", text, n)
			}
		}
	}
	for _, innermost := range []string{`{}`, `{"id":"x"}`} {
		inner := strings.Repeat(`{"inner":`, 10_001) + innermost + strings.Repeat("}", 10_001)
		_, err := decodeSample([]byte(inner))
		require.ErrorContains(t, err, "nested too deep")
	}
}

// TestTruncated checks that no proper prefix of a document decodes, and that the error
// is at its end.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for _, text := range sampleSeeds[:18] {
		for i := range len(text) {
			part := []byte(strings.TrimRight(text[:i], " "))
			_, err := decodeSample(part)
			if json.Valid(part) {
				continue
			}
			wrong, ok := err.(*DecodeError) //nolint:errorlint // End documents this exact type.
			require.True(t, ok, "%q: %v", part, err)
			require.EqualValues(t, len(part), wrong.Offset, "%q", part)
			require.Equal(t, reasonEnd, wrong.Reason, "%q", part)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want DecodeError
	}{
		{``, DecodeError{Reason: reasonEnd}},
		{`x`, DecodeError{Reason: reasonValue}},
		{`[]`, DecodeError{Reason: reasonNotObject}},
		{`["id":"x"}`, DecodeError{Offset: 5, Path: "[0]", Reason: reasonElement}},
		{` null`, DecodeError{Offset: 1, Reason: reasonNotObject}},
		{`{"id":"x"} y`, DecodeError{Offset: 11, Reason: reasonTrailing}},
		{`{"id":"x"`, DecodeError{Offset: 9, Path: "id", Reason: reasonEnd}},
		{`{"id" "x"}`, DecodeError{Offset: 6, Path: "id", Reason: reasonColon}},
		{`{"id":"x" "y"}`, DecodeError{Offset: 10, Path: "id", Reason: reasonMember}},
		{`{"id":"x",}`, DecodeError{Offset: 10, Reason: reasonName}},
		{`{"tags":["a" "b"]}`, DecodeError{Offset: 13, Path: "tags[0]", Reason: reasonElement}},
		{`{"tags":["a",]}`, DecodeError{Offset: 13, Path: "tags[1]", Reason: reasonValue}},
		{`{"id":"` + "\x01" + `"}`, DecodeError{Offset: 7, Path: "id", Reason: reasonString}},
		{`{"id":"\q"}`, DecodeError{Offset: 8, Path: "id", Reason: reasonEscape}},
		{`{"id":"\u00x0"}`, DecodeError{Offset: 11, Path: "id", Reason: reasonEscape}},
		{`{"count":-x}`, DecodeError{Offset: 10, Path: "count", Reason: reasonNumber}},
		{`{"count":1.}`, DecodeError{Offset: 11, Path: "count", Reason: reasonNumber}},
		{`{"on":trux}`, DecodeError{Offset: 9, Path: "on", Reason: reasonLiteral}},
		{
			`{"type":"sample","inner":{"x":[],"shapes":[{"a":1},{"b":{"c":[1,[2,x]]}}]}}`,
			DecodeError{EventType: "sample", Offset: 67, Path: "inner.shapes[1].b.c[1][1]", Reason: reasonValue},
		},
		{`{"sk-Secret9":{"id":x}}`, DecodeError{Offset: 20, Path: "?.id", Reason: reasonValue}},
		{`{"type":"SECRET","id":x}`, DecodeError{Offset: 22, Path: "id", Reason: reasonValue}},
		{strings.Repeat("[", 14) + "x", DecodeError{Offset: 14, Path: strings.Repeat("[0]", 12) + "...", Reason: reasonValue}},
		{strings.Repeat("[", 14) + "]]x", DecodeError{Offset: 16, Path: strings.Repeat("[0]", 12), Reason: reasonElement}},
		{`{"id":"x","n` + "\x01" + `":1}`, DecodeError{Offset: 12, Reason: reasonString}},
		{`{"az_.":x}`, DecodeError{Offset: 8, Path: "az_.", Reason: reasonValue}},
		{`{"` + strings.Repeat("n", maxName) + `":x}`, DecodeError{Offset: 84, Path: strings.Repeat("n", maxName), Reason: reasonValue}},
		{`{"` + strings.Repeat("n", maxName+1) + `":x}`, DecodeError{Offset: 85, Path: "?", Reason: reasonValue}},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			d := NewDecoder([]byte(tt.text))
			var x sample
			if strings.HasPrefix(tt.text, "[[") {
				d.Raw()
			} else {
				x.decode(&d)
			}
			err := d.End()
			require.Equal(t, &tt.want, err)
			require.NotContains(t, err.Error(), "SECRET")
			require.Equal(t, err, d.End(), "the error sticks")
		})
	}
	err := &DecodeError{EventType: "session.created", Path: "session.audio", Offset: 57, Reason: reasonString}
	require.EqualError(t, err, "decode session.created: session.audio: invalid character in string at byte 57")
	require.EqualError(t, &DecodeError{Reason: reasonEnd}, "decode JSON: unexpected end of input at byte 0")
}

// TestAfterError checks that no reader returns a value or panics after an error.
func TestAfterError(t *testing.T) {
	t.Parallel()
	d := NewDecoder([]byte(`{"id":"x"#,"tags":["a"]}`))
	var x sample
	x.decode(&d)
	require.True(t, d.Failed())
	first := d.Err()
	require.Error(t, first)
	d.Seek(0)
	var a Array
	var m Map
	require.False(t, d.Elem(&a))
	require.False(t, d.Entry(&m))
	require.Empty(t, d.String())
	require.Zero(t, d.Int())
	require.Zero(t, d.Float64())
	require.False(t, d.Bool())
	require.False(t, d.Null())
	require.Nil(t, d.Raw())
	require.Nil(t, d.Base64(nil))
	require.Equal(t, KindInvalid, d.Kind())
	d.Const("x")
	d.Type(&x.Extra, "a", "b")
	d.Skip()
	require.Equal(t, first, d.End())
}

func TestParseInt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64, "9.223372036854775807e18": math.MaxInt64,
		"0.0000": 0, "-0": 0, "0e99": 0, "120e-1": 12, "1.20e1": 12, "0.012e3": 12, "1000000000000000000": 1e18, "10.0": 10,
	} {
		got, ok := parseInt([]byte(text))
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"9223372036854775808", "-9223372036854775809", "1e19", "0.5", "1e-1", "12.01", "1e99999999999999999999", "99999999999999999999"} {
		_, ok := parseInt([]byte(text))
		assert.False(t, ok, text)
	}
}

// TestSharedStrings checks that strings in shared chunks do not change.
func TestSharedStrings(t *testing.T) {
	t.Parallel()
	var shared Strings
	var got, want []string
	for i := range 2000 {
		s := strings.Repeat(string(rune('a'+i%26)), i%300)
		text, err := json.Marshal(s)
		require.NoError(t, err)
		d := NewDecoder(text)
		d.UseStrings(&shared)
		got, want = append(got, d.String()), append(want, s)
		require.NoError(t, d.End())
	}
	require.Equal(t, want, got)
}

// TestHostileSize checks that decoding takes time in proportion to the document's size.
// The bound is 250 for a document of 32 times the size; quadratic time would give
// 1,024.
func TestHostileSize(t *testing.T) {
	for name, text := range map[string]func(n int) string{
		"nested":     func(n int) string { return `{"u":` + strings.Repeat("[", n) },
		"unknown":    func(n int) string { return `{"a":1` + strings.Repeat(`,"u":0`, n) + `}` },
		"overridden": func(n int) string { return `{"a":1` + strings.Repeat(`,"id":0`, n) + `}` },
		"in turn":    func(n int) string { return `{"a":1` + strings.Repeat(`,"id":0,"id":"x"`, n) + `}` },
		"escapes":    func(n int) string { return `{"id":"` + strings.Repeat(`\u0041`, n) + `"}` },
		"digits":     func(n int) string { return `{"count":` + strings.Repeat(`9`, n) + `}` },
		"zeros": func(n int) string {
			return `{"count":1` + strings.Repeat(`0`, n) + `e-` + strings.Repeat(`0`, n) + `1}`
		},
		"types": func(n int) string {
			return `{"shape":{"type":"circle"` + strings.Repeat(`,"type":"label","inner":{"shape":{"type":"x","type":"y"}}`, n) + `}}`
		},
		"late mismatch": func(n int) string { return `{"shapes":[` + strings.Repeat(`{"x":[{}],"type":"circle"},`, n) + `0]}` },
	} {
		t.Run(name, func(t *testing.T) {
			small, large := []byte(text(1_000)), []byte(text(32_000))
			ratio := 0.0
			for range 4 {
				ratio = float64(hostileCost(t, large)) / float64(hostileCost(t, small))
				if ratio < 250 {
					break
				}
			}
			require.Less(t, ratio, 250.0)
		})
	}
}

// hostileCost returns the least time of several runs, since other load on the machine
// only adds time.
func hostileCost(t *testing.T, text []byte) time.Duration {
	t.Helper()
	least := time.Hour
	for range 4 {
		least = min(least, cputime.Of(func() {
			x, err := decodeSample(text)
			if err != nil {
				return
			}
			out, err := encodeSample(x)
			require.NoError(t, err)
			require.Less(t, len(out), 2*len(text)+100)
		}))
	}
	return least
}

// TestEmptyArraysKeepTheDepth decodes more empty arrays, side by side, than may be nested.
func TestEmptyArraysKeepTheDepth(t *testing.T) {
	t.Parallel()
	d := NewDecoder([]byte("[" + strings.Repeat("[],", maxDepth) + "[]]"))
	var outer Array
	n := 0
	for d.Elem(&outer) {
		var inner Array
		require.False(t, d.Elem(&inner))
		n++
	}
	require.NoError(t, d.End())
	require.Equal(t, maxDepth+1, n)
	require.Zero(t, d.depth)
}

// TestRepeats checks that a document with an object whose constant was redefined is known
// as such to its end.
func TestRepeats(t *testing.T) {
	t.Parallel()
	d := NewDecoder([]byte(`[{"type":"circle"},{"type":"circle","type":"label"},{"type":"circle"}]`))
	var a Array
	for _, want := range []bool{false, true, true} {
		require.True(t, d.Elem(&a))
		decodeShape(&d)
		require.Equal(t, want, d.Repeats())
	}
}

// TestShortBase64 checks that text with padding is decoded by the fast decoder, and that
// bits after the end of the data are found with each last character.
func TestShortBase64(t *testing.T) {
	t.Parallel()
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		require.Equal(t, byte(i), sextet(c))
		for text, unused := range map[string]int{"QUF" + string(c): 0, "QU" + string(c) + "=": 3, "Q" + string(c) + "==": 15} {
			_, exact, ok := decodeFast(nil, []byte(text))
			require.True(t, ok, text)
			require.Equal(t, i&unused == 0, exact, text)
		}
	}
}
