package wire

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMembers checks which members are decoded into fields, which are kept in Extra,
// and what is encoded.
func TestMembers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		in   string
		out  string // Same as in if empty.
		id   string
		kept []string
	}{
		{name: "plain", in: `{"type":"sample","id":"x"}`, id: "x"},
		{name: "nothing is invented", in: `{}`},
		{name: "an empty value is not absent", in: `{"id":""}`},
		{name: "unknown", in: `{"id":"x","u":{"a": [1]},"v":null}`, id: "x", kept: []string{"u", "v"}},
		{name: "names are exact", in: `{"id":"x","ID":"y","iD":1}`, id: "x", kept: []string{"ID", "iD"}},
		{name: "escaped name", in: `{"i\u0064":"x"}`, out: `{"id":"x"}`, id: "x"},
		{name: "wrong kind", in: `{"id":[1]}`, kept: []string{"id"}},
		{name: "null", in: `{"id":null}`, kept: []string{"id"}},
		{name: "last wins", in: `{"id":"x","id":"y"}`, out: `{"id":"y"}`, id: "y"},
		{name: "last wins over a misfit", in: `{"id":5,"id":"y"}`, out: `{"id":"y"}`, id: "y"},
		{name: "last misfit wins", in: `{"id":"x","id":5,"id":6}`, out: `{"id":6}`, kept: []string{"id"}},
		{name: "last unknown wins", in: `{"u":1,"v":2,"u":3}`, out: `{"v":2,"u":3}`, kept: []string{"v", "u"}},
		{name: "escaped unknown", in: `{"\n\u00e9":1}`, out: `{"\né":1}`, kept: []string{"\né"}},
		{name: "older type", in: `{"type":"old.sample"}`},
		{name: "own type after older", in: `{"type":"old.sample","type":"sample"}`, out: `{"type":"sample"}`},
		{name: "other type", in: `{"type":"else"}`, kept: []string{"type"}},
		{name: "inexact base64", in: `{"delta":"AB=="}`, kept: []string{"delta"}},
		{name: "exact after inexact", in: `{"delta":"AB==","delta":"AA=="}`, out: `{"delta":"AA=="}`},
		{name: "inexact among many", in: `{"chunks":["AA==","AB=="]}`, kept: []string{"chunks"}},
		{name: "number with a fraction", in: `{"count":2.0}`, out: `{"count":2}`},
		{name: "too precise a number", in: `{"gain":0.12345678901234567890}`, kept: []string{"gain"}},
		{name: "misfit inside an array", in: `{"tags":["a",1]}`, kept: []string{"tags"}},
		{name: "misfit inside a map", in: `{"meta":{"a":"b","c":[{}]},"on":true}`, out: `{"on":true,"meta":{"a":"b","c":[{}]}}`, kept: []string{"meta"}},
		{name: "misfit inside a struct stays there", in: `{"inner":{"id":5}}`},
		{name: "empty containers", in: `{"tags":[],"meta":{},"inner":{},"shapes":[]}`},
		{name: "null in a nullable", in: `{"note":null}`},
		{name: "misfit in a nullable", in: `{"note":5}`, kept: []string{"note"}},
		{name: "union with two types", in: `{"shape":{"type":"circle","text":"t","type":"label"}}`, out: `{"shape":{"type":"label","text":"t"}}`},
		{name: "union of no type", in: `{"shape":{}}`},
		{name: "union of no kind", in: `{"shape":[]}`, kept: []string{"shape"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x, err := decodeSample([]byte(tt.in))
			require.NoError(t, err)
			require.Equal(t, tt.id, x.ID)
			var kept []string
			for name := range x.Extra.All() {
				kept = append(kept, name)
			}
			require.Equal(t, tt.kept, kept)
			require.Equal(t, len(kept), x.Extra.Len())
			out, err := encodeSample(x)
			require.NoError(t, err)
			if tt.out == "" {
				tt.out = tt.in
			}
			require.Equal(t, tt.out, string(out))
		})
	}
}

func TestUnionByLastType(t *testing.T) {
	t.Parallel()
	x, err := decodeSample([]byte(`{"shapes":[{"type":"circle","type":"label","text":"t"},{"type":"label","inner":{"shape":{"type":"label","type":"circle"}}},` +
		`{"type":"circle","inner":{"shape":{"type":"a"}},"type":"label"}]}`))
	require.NoError(t, err)
	require.Len(t, x.Shapes, 3)
	labels := make([]*label, len(x.Shapes))
	for i := range x.Shapes {
		var ok bool
		labels[i], ok = x.Shapes[i].(*label)
		require.True(t, ok)
	}
	require.Equal(t, "t", labels[0].Text)
	require.IsType(t, &circle{}, labels[1].Inner.Shape)
	require.IsType(t, &unknownShape{}, labels[2].Inner.Shape)
}

// TestDeepUnions decodes nested unions in which each type occurs twice. Each level must
// not be read twice, which would take exponential time.
func TestDeepUnions(t *testing.T) {
	t.Parallel()
	const levels = 300
	text := strings.Repeat(`{"shape":{"type":"label","inner":`, levels) + `{"id":"core"}` + strings.Repeat(`,"type":"circle","type":"label"}}`, levels)
	x, err := decodeSample([]byte(text))
	require.NoError(t, err)
	for range levels {
		next, ok := x.Shape.(*label)
		require.True(t, ok)
		x = next.Inner
	}
	require.Equal(t, "core", x.ID)
}

// TestForgottenMember checks that a member that the loop's body claims but does not
// read is kept.
func TestForgottenMember(t *testing.T) {
	t.Parallel()
	d := NewDecoder([]byte(`{"a":[1,2],"b":{}}`))
	var o Object
	var x Extra
	for name := d.Next(&o, &x); name != nil; name = d.Next(&o, &x) {
		o.Field = 1
		if string(name) == "b" {
			o.Field = 2
		}
	}
	require.Nil(t, d.Next(&o, &x), "a finished loop stays finished")
	require.NoError(t, d.End())
	a, _ := x.Get("a")
	b, _ := x.Get("b")
	require.Equal(t, `[1,2]{}`, string(a)+string(b))
}

// TestManyFields checks field numbers greater than the number of bits in Required.
func TestManyFields(t *testing.T) {
	t.Parallel()
	d := NewDecoder([]byte(`{"a":1,"a":"x","b":2}`))
	o := Object{Required: 1 << 63}
	var x Extra
	for name := d.Next(&o, &x); name != nil; name = d.Next(&o, &x) {
		o.Field = 100 + int(name[0]-'a')
		_ = d.String()
	}
	require.NoError(t, d.End())
	_, ok := x.Get("a")
	require.False(t, ok)
	_, ok = x.Get("b")
	require.True(t, ok)
	require.Equal(t, uint64(1<<63), x.p.absent)
}

func TestBuffer(t *testing.T) {
	t.Parallel()
	text := []byte(`["AAEC","AwQF","BgcI",""]`)
	buf := make([]byte, 0, 8)
	d := NewDecoder(text)
	d.UseBuffer(buf)
	var a Array
	var got [][]byte
	for d.Elem(&a) {
		got = append(got, d.Base64(nil))
	}
	require.NoError(t, d.End())
	require.Equal(t, [][]byte{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {}}, got)
	require.Same(t, &buf[:1][0], &got[0][0], "the buffer is used")
	require.NotSame(t, &buf[:1][0], &got[1][0], "once")

	d = NewDecoder([]byte(`"` + strings.Repeat("AAAA", 9) + `"`))
	d.UseBuffer(buf)
	require.Len(t, d.Base64(nil), 27, "a buffer that is too small is not used")
}

// TestTextThatEndsEarly decodes every beginning of a text, which encoding/json would refuse
// before the decoder sees it: a program may pass what a peer sent as it is.
func TestTextThatEndsEarly(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"type":"sample","id":"x","count":2,"gain":0.5,"on":true,"tags":["a","b"],"meta":{"a":"b"},"inner":{"id":"y"},"u":[1,{}]}`,
		"{ \"id\" : \"x\" ,\n\"count\" : 2 , \"shape\" : { \"type\" : \"label\" , \"text\" : \"\\u00e9\" } }",
	} {
		_, err := decodeSample([]byte(text))
		require.NoError(t, err)
		for n := range len(text) {
			begin := make([]byte, n) // Without room behind it.
			copy(begin, text)
			_, err := decodeSample(begin)
			require.Error(t, err, "%s", begin)
		}
	}
}
