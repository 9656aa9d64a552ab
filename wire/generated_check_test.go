package wire

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChecks(t *testing.T) {
	t.Parallel()
	inf := math.Inf(1)
	for _, tt := range []struct {
		err  error
		want string
	}{
		{CheckLength("a", 1, 1, 2, "items"), ""},
		{CheckLength("a", 9, 1, -1, "items"), ""},
		{CheckLength("a", 0, 1, 2, "items"), "a: must not be empty"},
		{CheckLength("a", 1, 2, 3, "items"), "a: must have at least 2 items, has 1"},
		{CheckLength("a", 4, 2, 3, "items"), "a: must have at most 3 items, has 4"},
		{CheckLength("a", 1, 0, 0, "items"), "a: must have at most 0 items, has 1"},
		{CheckRange("a", 0, 0, 1), ""},
		{CheckRange("a", 1, 0, 1), ""},
		{CheckRange("a", 2, 0, 1), "a: must be between 0 and 1, is 2"},
		{CheckRange("a", 2.125, 0.25, 1.75), "a: must be between 0.25 and 1.75, is 2.125"},
		{CheckRange("a", math.NaN(), 0, 1), "a: must be between 0 and 1, is NaN"},
		{CheckRange("a", 0.5, 1, inf), "a: must be at least 1, is 0.5"},
		{CheckRange("a", 2, -inf, 1), "a: must be at most 1, is 2"},
		{CheckKnown("a", "x", "x", "y"), ""},
		{CheckKnown("a", "", "x", "y"), ""},
		{CheckKnown("a", "z", "x", "y"), "a: must be one of x, y"},
		{CheckSegment("a", "x..y"), ""},
		{CheckSegment("a", ""), "a: must not be empty"},
		{CheckSegment("a", "."), "a: must not be a dot segment of a path"},
		{CheckSegment("a", ".."), "a: must not be a dot segment of a path"},
		{CheckPattern("a", "x1", "^x[0-9]$"), ""},
		{CheckPattern("a", "y1", "^x[0-9]$"), "a: must match ^x[0-9]$"},
		{CheckPattern("a", "y1", "["), "a: error parsing regexp: missing closing ]: `[`"},
	} {
		if tt.want == "" {
			require.NoError(t, tt.err)
		} else {
			require.EqualError(t, tt.err, tt.want)
		}
	}
	segment, err := PathSegment("a", "x/../y ?%")
	require.NoError(t, err)
	require.Equal(t, "x%2F..%2Fy%20%3F%25", segment)
	_, err = PathSegment("a", "..")
	require.EqualError(t, err, "a: must not be a dot segment of a path")
	require.Equal(t, "data:image/png;base64,AQI=", DataURI("image/png", []byte{1, 2}))
}

// TestFit checks that Fit, Opt and Val return no value after a mismatch.
func TestFit(t *testing.T) {
	t.Parallel()
	d := NewDecoder([]byte(`"x"`))
	require.Equal(t, []string{"x"}, Fit(&d, []string{d.String()}))
	d = NewDecoder([]byte(`5`))
	require.Nil(t, Fit(&d, []string{d.String()}))
	d = NewDecoder([]byte(`5`))
	require.Nil(t, Opt(&d, d.String()))
	d = NewDecoder([]byte(`5`))
	require.True(t, Val(&d, d.String()).IsZero())
	d = NewDecoder([]byte(`{"a":"x","a":"y"}`))
	require.Equal(t, "x", string(d.Find("a", false)))
	require.Equal(t, "y", string(d.Find("a", true)))
}

// TestFindLiteral checks that the text of a number or boolean is found, wherever the
// object is, and that the cursor stays.
func TestFindLiteral(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, first, last string }{
		{`{"a":1}`, "1", "1"},
		{` { "b":{"a":2}, "a" : -1.5 , "a":true}`, "-1.5", "true"},
		{`{"a":"1"}`, "", ""},
		{`{"a":1,"a":"1"}`, "1", ""},
		{`{"a":null}`, "", ""},
		{`{"\u0061":false}`, "false", "false"},
		{`[1]`, "", ""},
		{`{"b":1`, "", ""},
		{``, "", ""},
	} {
		d := NewDecoder([]byte(tt.text))
		require.Equal(t, tt.first, string(d.FindLiteral("a", false)), tt.text)
		require.Equal(t, tt.last, string(d.FindLiteral("a", true)), tt.text)
		require.Zero(t, d.Offset())
		require.False(t, d.Failed())
	}
}
