package wire

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWithMember(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ raw, want string }{
		"in an empty object":       {`{}`, `{"id":"x"}`},
		"after the others":         {`{"b":1,"a":[true]}`, `{"b":1,"a":[true],"id":"x"}`},
		"in place of a string":     {`{"id":"old","a":1}`, `{"id":"x","a":1}`},
		"in place of another kind": {`{"id":{"n":null},"a":1}`, `{"id":"x","a":1}`},
		"once for two":             {`{"id":1,"a":1,"id":2}`, `{"id":"x","a":1}`},
		"in place of an escape":    {`{"\u0069d":1}`, `{"id":"x"}`},
		"not in a list":            {`["id"]`, `["id"]`},
		"not in a text":            {`"id"`, `"id"`},
		"not in half an object":    {`{"a":1,`, `{"a":1,`},
		"not before trailing text": {`{"a":1} 2`, `{"a":1} 2`},
		"not in an empty text":     {``, ``},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := json.RawMessage(tt.raw)
			assert.Equal(t, tt.want, string(WithMember(given, "id", "x")))
			assert.Equal(t, tt.raw, string(given), "the input changed")
		})
	}
}

func TestHasMember(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		`{"id":"x"}`: true, `{"a":{"id":1}}`: false, `{"a":[1,2],"id":null}`: true, `{"\u0069d":5}`: true,
		`[]`: false, `"id"`: false, ``: false, `{"a":`: false,
	} {
		assert.Equal(t, want, HasMember(json.RawMessage(raw), "id"), raw)
	}
}

func TestMatchPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/calls/a%2Fb/accept": true, "/calls/{id}/accept": true, "/calls//accept": false, "/calls/a/b/accept": false,
		"/calls/a/accept/": false, "/calls/a/accep": false, "/calls/a": false, "calls/a/accept": false, "": false,
	} {
		assert.Equal(t, want, MatchPath("/calls/{id}/accept", path), path)
	}
	assert.True(t, MatchPath("/calls", "/calls"))
	assert.False(t, MatchPath("/calls", "/calls/a"))
	assert.False(t, MatchPath("/calls", "/"))
}

func TestHasMembers(t *testing.T) {
	t.Parallel()
	object := json.RawMessage(`{"a":1,"b":null}`)
	assert.True(t, HasMembers(object))
	assert.True(t, HasMembers(object, "b", "a"))
	assert.False(t, HasMembers(object, "a", "c"))
	assert.False(t, HasMembers(json.RawMessage(`["a"]`)))
	assert.False(t, HasMembers(nil, "a"))
}
