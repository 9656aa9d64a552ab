package wire

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTime checks that a time is encoded with the text that it arrived in, until it
// changes.
func TestTime(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`"2026-11-27T01:02:03Z"`, `"2026-11-27T01:02:03.500Z"`, `"2026-11-27T01:02:03+00:00"`, `"2026-11-27T01:02:03.123456789-07:00"`,
	} {
		var v Time
		require.NoError(t, json.Unmarshal([]byte(text), &v))
		out, err := json.Marshal(v)
		require.NoError(t, err)
		assert.Equal(t, text, string(out))
		want, err := time.Parse(time.RFC3339, text[1:len(text)-1])
		require.NoError(t, err)
		assert.True(t, want.Equal(v.Time))

		v.Time = v.Add(time.Second)
		out, err = json.Marshal(v)
		require.NoError(t, err)
		assert.Equal(t, `"`+want.Add(time.Second).Format(time.RFC3339Nano)+`"`, string(out))
	}
	out, err := json.Marshal(TimeOf(time.Date(2026, 11, 27, 1, 2, 3, 0, time.UTC)))
	require.NoError(t, err)
	assert.Equal(t, `"2026-11-27T01:02:03Z"`, string(out))
}

func TestTimeErrors(t *testing.T) {
	t.Parallel()
	kept := TimeOf(time.Unix(1, 0))
	for text, want := range map[string]string{
		`"yesterday"`: "value is not a time of RFC 3339", `"2026-11-27"`: "value is not a time of RFC 3339", `5`: "value is not a time of RFC 3339", `"2026`: "",
	} {
		v := kept
		err := v.UnmarshalJSON([]byte(text))
		var fault *DecodeError
		require.ErrorAs(t, err, &fault)
		assert.Contains(t, err.Error(), want)
		assert.NotContains(t, err.Error(), "yesterday")
		assert.Equal(t, kept, v)
	}
	v := kept
	require.NoError(t, v.UnmarshalJSON([]byte(" null ")))
	assert.Equal(t, kept, v)
	for _, year := range []int{0, 9999} {
		_, err := TimeOf(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)).MarshalJSON()
		require.NoError(t, err)
	}
	_, err := TimeOf(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)).MarshalJSON()
	var fault *EncodeError
	require.ErrorAs(t, err, &fault)
}

// TestTimeMember checks that a text that is no time is a mismatch and is not passed over.
func TestTimeMember(t *testing.T) {
	t.Parallel()
	var extra Extra
	var at Time
	d := NewDecoder([]byte(`{"at":"soon","b":"2026-11-27T01:02:03Z"}`))
	o := Object{}
	for name := d.Next(&o, &extra); name != nil; name = d.Next(&o, &extra) {
		switch string(name) {
		case "at":
			o.Field = 1
			d.Time()
		case "b":
			o.Field = 2
			at = d.Time()
		}
	}
	require.NoError(t, d.End())
	raw, ok := extra.Get("at")
	assert.True(t, ok)
	assert.Equal(t, `"soon"`, string(raw))
	assert.Equal(t, 2026, at.Year())
}
