package wire

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExtra(t *testing.T) {
	t.Parallel()
	var zero Extra
	_, ok := zero.Get("a")
	require.False(t, ok)
	require.Zero(t, zero.Len())
	require.Empty(t, zero.WireType())
	require.Empty(t, maps.Collect(zero.All()))
	zero.Delete("a")
	require.True(t, zero.Equal(Extra{}))

	x, err := decodeSample([]byte(`{"type":"old.sample","id":5,"u":1,"v":2}`))
	require.NoError(t, err)
	require.Equal(t, "old.sample", x.Extra.WireType())
	require.Equal(t, map[string]json.RawMessage{"id": json.RawMessage(`5`), "u": json.RawMessage(`1`), "v": json.RawMessage(`2`)}, maps.Collect(x.Extra.All()))

	y := *x
	require.True(t, x.Extra.Equal(y.Extra))
	y.Extra.Set("u", json.RawMessage(`[1]`))
	y.Extra.Set("w", nil)
	y.Extra.Set("note", json.RawMessage(`{}`))
	y.Note = Value("not written")
	y.Extra.Delete("id")
	y.Extra.Delete("v")
	y.ID = "now written"
	require.False(t, x.Extra.Equal(y.Extra))
	out, err := encodeSample(x)
	require.NoError(t, err)
	require.Equal(t, `{"type":"old.sample","id":5,"u":1,"v":2}`, string(out), "changing a copy changes the original")
	out, err = encodeSample(&y)
	require.NoError(t, err)
	require.Equal(t, `{"type":"old.sample","id":"now written","u":[1],"w":null,"note":{}}`, string(out))

	raw, ok := x.Extra.Get("u")
	require.True(t, ok)
	raw[0] = 'x'
	raw, _ = x.Extra.Get("u")
	require.Equal(t, "1", string(raw), "changing a returned member changes the Extra")

	var twice Extra
	twice.Set("u", json.RawMessage(`1`))
	twice.Set("u", json.RawMessage(`2`))
	out, err = encodeSample(&sample{ID: "x", Extra: twice})
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(out), `"u"`), "%s", out)
	require.Contains(t, string(out), `"u":2`)

	for range x.Extra.All() {
		break
	}
	y.Extra.Set("bad", json.RawMessage(`{`))
	_, err = encodeSample(&y)
	require.EqualError(t, err, "encode bad: Extra member is not JSON")
	y.Extra.Set("bad", json.RawMessage(`1 2`))
	_, err = encodeSample(&y)
	require.Error(t, err)
}

func TestNullable(t *testing.T) {
	t.Parallel()
	type holder struct {
		A Nullable[int] `json:"a,omitzero"`
	}
	for text, want := range map[string]Nullable[int]{`{}`: {}, `{"a":null}`: NullOf[int](), `{"a":0}`: Value(0), `{"a":7}`: Value(7)} {
		var h holder
		require.NoError(t, json.Unmarshal([]byte(text), &h))
		require.Equal(t, want, h.A)
		out, err := json.Marshal(h)
		require.NoError(t, err)
		require.Equal(t, text, string(out))
	}
	var h holder
	require.Error(t, json.Unmarshal([]byte(`{"a":"x"}`), &h))
	require.True(t, h.A.IsZero())
	require.False(t, h.A.IsNull())
	require.True(t, NullOf[int]().IsNull())
	v, ok := Value(7).Get()
	require.Equal(t, 7, v)
	require.True(t, ok)
}

func TestValidation(t *testing.T) {
	t.Parallel()
	err := In("session", In("tools", In(At(3), Invalid("threshold", "must be between 0 and 1, is 2"))))
	require.EqualError(t, err, "session.tools[3].threshold: must be between 0 and 1, is 2")
	invalid, ok := errors.AsType[*ValidationError](err)
	require.True(t, ok)
	require.Equal(t, "session.tools[3].threshold", invalid.Path)
	require.NoError(t, In("a", nil))
	require.ErrorIs(t, In("a", In("b", io.EOF)), io.EOF)
	require.EqualError(t, In("a", io.EOF), "a: EOF")
	require.EqualError(t, Invalid("", "is empty"), "is empty")
}
