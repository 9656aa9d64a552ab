package settings

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// TestMergeOfUnknownMembers merges members without a Go field, as a newer
// specification has them.
func TestMergeOfUnknownMembers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, change, want string }{
		"a text":              {`{}`, `{"mood":"calm"}`, `{"mood":"calm"}`},
		"another text":        {`{"mood":"calm"}`, `{"mood":"glad"}`, `{"mood":"glad"}`},
		"absent":              {`{"mood":"calm"}`, `{}`, `{"mood":"calm"}`},
		"null":                {`{"mood":"calm"}`, `{"mood":null}`, `{"mood":null}`},
		"null of an object":   {`{"pace":{"speed":1}}`, `{"pace":null}`, `{"pace":null}`},
		"null in an object":   {`{"pace":{"speed":1,"rise":2}}`, `{"pace":{"speed":null}}`, `{"pace":{"rise":2,"speed":null}}`},
		"an object":           {`{"pace":{"speed":1,"rise":2}}`, `{"pace":{"speed":3}}`, `{"pace":{"rise":2,"speed":3}}`},
		"an object from null": {`{"pace":null}`, `{"pace":{"speed":3}}`, `{"pace":{"speed":3}}`},
		"an object for text":  {`{"pace":"slow"}`, `{"pace":{"speed":3}}`, `{"pace":{"speed":3}}`},
		"text for an object":  {`{"pace":{"speed":3}}`, `{"pace":"slow"}`, `{"pace":"slow"}`},
		"a list":              {`{"list":[1,2]}`, `{"list":[]}`, `{"list":[]}`},
		"one of several":      {`{"voice":{"id":"a","x":1}}`, `{"voice":{"id":"b"}}`, `{"voice":{"id":"b"}}`},
		"another kind":        {`{"turn_detection":{"type":"server_vad","threshold":1}}`, `{"turn_detection":{"type":"new","level":1}}`, `{"turn_detection":{"level":1,"type":"new"}}`},
		"the same kind":       {`{"turn_detection":{"type":"new","level":1}}`, `{"turn_detection":{"type":"new","rise":2}}`, `{"turn_detection":{"level":1,"rise":2,"type":"new"}}`},
		"a large number":      {`{}`, `{"n":12345678901234567890.10}`, `{"n":12345678901234567890.10}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := merged("", json.RawMessage(c.before), json.RawMessage(c.change), true)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(got))
		})
	}
}

// TestMergeOfEveryMember changes each member of a configuration.
func TestMergeOfEveryMember(t *testing.T) {
	t.Parallel()
	config := new(api.RealtimeSessionConfig)
	require.NoError(t, config.UnmarshalJSON([]byte(`{"type":"realtime","output_modalities":["text"],"instructions":"a","parallel_tool_calls":false,
		"audio":{"input":{"turn_detection":{"type":"semantic_vad","eagerness":"low","create_response":false,"interrupt_response":false,"new":1},
		"noise_reduction":{"type":"near_field","strength":0.5}},"output":{"voice":{"id":"v"},"new":{"a":[null]}}},"new":{"a":1}}`)))
	s := &Session{Realtime: &api.RealtimeSession{ID: "sess_1", Model: "m"}}
	require.Nil(t, s.Apply(config))
	got, err := json.Marshal(s.Realtime)
	require.NoError(t, err)
	want, err := json.Marshal(config)
	require.NoError(t, err)
	var object map[string]any
	require.NoError(t, json.Unmarshal(want, &object))
	object["id"], object["object"], object["model"] = "sess_1", "realtime.session", "m"
	want, err = json.Marshal(object)
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(got))
	require.Nil(t, s.Apply(&api.RealtimeSessionConfig{Model: new(api.Model("other"))}))
	assert.Equal(t, api.Model("m"), s.Realtime.Model, "the model never changes")
}
