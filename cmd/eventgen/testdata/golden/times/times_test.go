package times

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRoundTrip checks that times, and texts that are none, are encoded as they came.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"type":"meeting","start":"2026-11-27T01:02:03.500Z","end":"2026-11-27T01:02:03+00:00","moved":null}`,
		`{"type":"meeting","start":"soon","end":"2026-11-27","moved":"2026-11-27T01:02:03Z"}`,
		`{"type":"meeting","breaks":["2026-11-27T01:02:03.10Z"],"named":{"a":"2026-11-27T01:02:03-00:00"},"day":"2026-11-27"}`,
		`{"type":"meeting","start":"2026-11-27T01:02:03Z","breaks":["now"],"until":"2026-11-27T01:02:03.0Z"}`,
		`{"type":"meeting","start":5,"until":5}`,
	} {
		var m Meeting
		require.NoError(t, json.Unmarshal([]byte(text), &m))
		out, err := json.Marshal(m)
		require.NoError(t, err)
		assert.JSONEq(t, text, string(out))
	}
}

// TestSetTime checks the text of times that the program sets.
func TestSetTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 27, 1, 2, 3, 0, time.UTC)
	out, err := json.Marshal(Meeting{Start: TimeOf(at), End: new(TimeOf(at.Add(time.Hour))), Moved: Value(TimeOf(at))})
	require.NoError(t, err)
	assert.JSONEq(t, `{"type":"meeting","start":"2026-11-27T01:02:03Z","end":"2026-11-27T02:02:03Z","moved":"2026-11-27T01:02:03Z"}`, string(out))
}
