package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEncoder(t *testing.T) {
	t.Parallel()
	e := NewEncoder([]byte("kept,"))
	var none Extra
	e.Begin()
	require.True(t, e.Field(&none, `,"a":`))
	e.BeginArray()
	e.Elem()
	e.BeginArray()
	e.EndArray()
	e.Elem()
	e.String("x{")
	e.Elem()
	e.BeginMap()
	e.EndMap()
	e.Elem()
	e.Float64(-0.5)
	e.Elem()
	e.Base64(nil)
	e.EndArray()
	require.True(t, e.Field(&none, `,"b":`))
	e.BeginMap()
	for _, k := range SortedKeys(map[string]int{"z[": 1, "y": 2}) {
		e.Key(k)
		e.Int(math.MinInt64)
	}
	e.EndMap()
	require.True(t, e.Field(&none, `,"c":`))
	e.Raw(json.RawMessage(" [ 1 ] "))
	require.True(t, e.Field(&none, `,"d":`))
	e.Raw(nil)
	e.Const(&none, 5, `,"e":true`)
	e.End(&none)
	out, err := e.Bytes()
	require.NoError(t, err)
	require.Equal(t, `kept,{"a":[[],"x{",{},-0.5,""],"b":{"y":-9223372036854775808,"z[":-9223372036854775808},"c": [ 1 ] ,"d":null,"e":true}`, string(out))
}

func TestEncodeErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		x    sample
		want string
	}{
		{"NaN", sample{Gain: new(math.NaN())}, "encode gain: number is not finite"},
		{"infinity", sample{Inner: &sample{Weights: map[string]float64{"a": 1, "b": math.Inf(-1)}}}, "encode inner.weights.b: number is not finite"},
		{"raw", sample{Free: json.RawMessage(`{"a"}`)}, "encode free: raw value is not JSON"},
		{"empty raw", sample{Free: json.RawMessage{}}, "encode free: raw value is not JSON"},
		{"two raw values", sample{Free: json.RawMessage(`1 2`)}, "encode free: raw value is not JSON"},
		{"nil variant", sample{Shapes: []shape{shapeName("a"), nil}}, "encode shapes[1]: no variant is set"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := NewEncoder([]byte(`{"before":`))
			tt.x.encode(&e)
			e.Fail("a later error")
			out, err := e.Bytes()
			require.Nil(t, out)
			require.EqualError(t, err, tt.want)
			require.IsType(t, &EncodeError{}, err)
		})
	}
	e := NewEncoder(nil)
	e.Fail("is nil")
	_, err := e.Bytes()
	require.EqualError(t, err, "encode: is nil")
}

// TestInvalidUTF8 checks that the encoder never writes invalid UTF-8, whatever its
// source: a WebSocket peer may close the connection on it.
func TestInvalidUTF8(t *testing.T) {
	t.Parallel()
	x := sample{ID: "a\xff\xfeb", Free: json.RawMessage("[\"\xff\xc3\"]"), Meta: map[string]string{"\xff": "\xff"}}
	x.Extra.Set("\xfe", json.RawMessage("\"\xfe\""))
	out, err := encodeSample(&x)
	require.NoError(t, err)
	require.True(t, json.Valid(out))
	require.True(t, bytes.Equal(out, bytes.ToValidUTF8(out, nil)))
	var got map[string]any
	require.NoError(t, json.Unmarshal(out, &got))
	require.Equal(t, map[string]any{
		"type": "sample", "id": "a\ufffd\ufffdb", "free": []any{"\ufffd\ufffd"},
		"meta": map[string]any{"\ufffd": "\ufffd"}, "\ufffd": "\ufffd",
	}, got)
}
