package lenient

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRoundTrip decodes and encodes objects of keywords that are not enforced.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"type":"node","sub":[{"type":"node","sub":[]}],"price":0.015,"labels":{"x-a":"b","y":1},"not_null":"never"}`,
		`{"type":"node","any_of_types":"a","number":2,"look":"behind","odd":{"any":1},"old":null}`,
		`{"type":"node","any_of_types":7,"if_then":{"a":"x"},"choice":null,"unknown_reference":[1]}`,
		`{"type":"node","any_of_types":null,"choice":"auto"}`,
	} {
		e, err := DecodeEvent([]byte(text))
		require.NoError(t, err)
		require.IsType(t, &Node{}, e)
		out, err := e.AppendJSON(nil)
		require.NoError(t, err)
		assert.JSONEq(t, text, string(out))
	}
}

// TestWide checks that an object of more than 64 members keeps which ones were absent.
func TestWide(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, `{"m1":"","m70":"x","m64":"y","m69":"z"}`, `{"m70":""}`, `{"m63":"a","m64":"b","m65":"c","m66":1}`,
	} {
		var x Wide
		require.NoError(t, json.Unmarshal([]byte(text), &x))
		out, err := json.Marshal(x)
		require.NoError(t, err)
		assert.JSONEq(t, text, string(out))
	}
	out, err := json.Marshal(Wide{M70: "x"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"m1":"","m70":"x"}`, string(out), "required members are always written")
}
