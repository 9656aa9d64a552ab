package arms

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestVariants checks which variant each value is decoded as, and that it is encoded as
// it came.
func TestVariants(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		member, value string
		want          any
		of            func(*Call) any
	}{
		{"tool", `{"type":"search"}`, &Search{}, func(c *Call) any { return c.Tool }},
		{"tool", `{"type":"search_2025_08_26"}`, &Search{}, func(c *Call) any { return c.Tool }},
		{"tool", `{"type":"function"}`, &Function{}, func(c *Call) any { return c.Tool }},
		{"tool", `{"type":"newer"}`, &UnknownTool{}, func(c *Call) any { return c.Tool }},
		{"item", `{"type":"message"}`, &Message{}, func(c *Call) any { return c.Item }},
		{"item", `{"type":"reference","id":"a"}`, &Reference{}, func(c *Call) any { return c.Item }},
		{"item", `{"id":"a"}`, &Reference{}, func(c *Call) any { return c.Item }},
		{"item", `{"type":null,"id":"a"}`, &Reference{}, func(c *Call) any { return c.Item }},
		{"component", `{"type":1,"children":[{"type":2,"kind":2},{"type":3}]}`, &Row{}, func(c *Call) any { return c.Component }},
		{"component", `{"type":2}`, &Button{}, func(c *Call) any { return c.Component }},
		{"component", `{"type":"1"}`, &UnknownComponent{}, func(c *Call) any { return c.Component }},
		{"pet", `{"species":"cat","name":"a","lives":9}`, &Cat{}, func(c *Call) any { return c.Pet }},
		{"pet", `{"species":"dog","tricks":[]}`, &Dog{}, func(c *Call) any { return c.Pet }},
		{"shape", `{"kind":"circle","id":"a","radius":1.5}`, &ShapeCircle{}, func(c *Call) any { return c.Shape }},
		{"turn", `{"type":"turn","role":"system"}`, &InputTurn{}, func(c *Call) any { return c.Turn }},
		{"turn", `{"type":"turn","role":"assistant"}`, &OutputTurn{}, func(c *Call) any { return c.Turn }},
		{"turn", `{"type":"turn","role":"tool"}`, &UnknownCallTurn{}, func(c *Call) any { return c.Turn }},
		{"lists", `["a"]`, &UnknownLists{}, func(c *Call) any { return c.Lists }},
		{"rate", `1.5`, CallRateNumber(0), func(c *Call) any { return c.Rate }},
		{"rate", `"max"`, CallRateString(""), func(c *Call) any { return c.Rate }},
	} {
		text := `{"type":"call","tool":{"type":"function"},"` + tt.member + `":` + tt.value + `}`
		if tt.member == "tool" {
			text = `{"type":"call","tool":` + tt.value + `}`
		}
		e, err := DecodeEvent([]byte(text))
		require.NoError(t, err)
		call, ok := e.(*Call)
		require.True(t, ok, "%T", e)
		assert.IsType(t, tt.want, tt.of(call), text)
		out, err := e.AppendJSON(nil)
		require.NoError(t, err)
		assert.JSONEq(t, text, string(out))
	}
}

// TestConstants checks that a constant is written for a value made by the program, even
// one that the document does not require.
func TestConstants(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		`{"type":"reference","id":"a"}`: &Reference{ID: "a"},
		`{"type":1}`:                    &Row{},
		`{"species":"cat"}`:             &Cat{},
		`{"type":"search"}`:             &Search{Type: "search"},
		`{"id":"a","kind":"circle"}`:    &ShapeCircle{ID: "a"},
		`{"type":2,"kind":1}`:           &Button{Kind: new(KindActionRow)},
		`{"type":"emoji","add":"a"}`:    &AddEmoji{Add: "a"},
		`{"type":"call","tool":{"type":"function"},"lists":[1]}`: &Call{Tool: &Function{}, Lists: Numbers{1}},
	} {
		out, err := json.Marshal(v)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(out))
	}
}

// TestBlurred reads values of arms that nothing tells apart.
func TestBlurred(t *testing.T) {
	t.Parallel()
	e, err := DecodeEvent([]byte(`{"type":"emoji","del":"smile"}`))
	require.NoError(t, err)
	assert.Equal(t, "emoji", e.EventType())
	unknown, ok := e.(*UnknownEvent)
	require.True(t, ok, "%T", e)
	_, ok = unknown.AsAddEmoji()
	assert.False(t, ok, "a required member is missing")
	del, ok := unknown.AsDeleteEmoji()
	require.True(t, ok)
	assert.Equal(t, "smile", del.Del)

	lists, err := DecodeLists([]byte(`[1,2]`))
	require.NoError(t, err)
	either, ok := lists.(*UnknownLists)
	require.True(t, ok, "%T", lists)
	_, ok = either.AsNames()
	assert.False(t, ok)
	numbers, ok := either.AsNumbers()
	assert.True(t, ok)
	assert.Equal(t, Numbers{1, 2}, numbers)
	_, ok = (*UnknownLists)(nil).AsNumbers()
	assert.False(t, ok)
}

// TestClosed checks that a list of values that the document closes is checked on send
// alone.
func TestClosed(t *testing.T) {
	t.Parallel()
	e, err := DecodeEvent([]byte(`{"type":"call","tool":{"type":"function"},"turn":{"type":"turn","role":"user"},"mode":"newer"}`))
	require.NoError(t, err)
	assert.EqualError(t, e.Validate(), "mode: must be one of fast, slow")
	call, ok := e.(*Call)
	require.True(t, ok)
	call.Mode = new(CallModeSlow)
	assert.NoError(t, call.Validate())
	call.Mode = nil
	call.Extra.Set("mode", json.RawMessage(`"newer"`))
	assert.NoError(t, call.Validate(), "Extra is never checked")
}
