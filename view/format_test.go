package view

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "999", count(999))
	assert.Equal(t, "1\u202f234\u202f567", count(1_234_567))
	assert.Equal(t, "100\u202f000", count(100_000))
	assert.Equal(t, "999 B", size(999))
	assert.Equal(t, "1 kB", size(1000))
	assert.Equal(t, "585 kB", size(584_533))
	assert.Equal(t, "1.5 MB", size(1_500_000))
	assert.Equal(t, "309 ms", short(309_400))
	assert.Equal(t, "4.42 s", short(4_420_000))
	assert.Equal(t, "4.42", sum(4_420_000))
	assert.Equal(t, "7.7", sum(7_740_000))
	assert.Equal(t, "2.27¢", cents(22_722))
	assert.Equal(t, "$0.0745", dollars(74_512))
	assert.Equal(t, "33.3333%", share(1, 3))
	assert.Equal(t, "0%", share(1, 0))
	assert.Equal(t, "0%", percent(-0.000001))
	assert.Equal(t, "100%", percent(100))
	assert.Equal(t, "0:01.6", clock1(1_580_000))
	assert.Equal(t, "0:11.1", clock1(11_080_000))
	assert.Equal(t, "1:00.0", clock1(59_960_000))
	assert.Equal(t, "0:00.0", clock1(-1))
	assert.Equal(t, "3.0", one(2_960_000))
	assert.Equal(t, "2.9", one(2_945_000))
	assert.Equal(t, "1 item", plural(1, "item"))
	assert.Equal(t, "0 items", plural(0, "item"))
}

func TestWhatWasHeardComesBeforeWhatWasMade(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "heard 2.96 of 8.00 s", heardOf(&recording.Item{Made: 8_000_000, HeardLen: 2_960_000}))
	assert.Equal(t, "heard 3.00 s", heardOf(&recording.Item{Made: 3_000_000, HeardLen: 3_000_000}))
	assert.Equal(t, "never heard, 8.00 s made", heardOf(&recording.Item{Made: 8_000_000}))
}

func TestTheLastLabelOfTheRulerHasRoom(t *testing.T) {
	t.Parallel()
	b := builder{length: 11_080_000}
	all := b.ticks()
	require.Len(t, all, 12)
	assert.True(t, all[11].Last, "it stands before its tick")
	assert.False(t, all[10].Last)
}

func TestHeadlines(t *testing.T) {
	t.Parallel()
	cases := map[string][2]string{
		"The tool search took 4.42 s. The caller heard nothing for 6.03 s.":                                 {"The tool search took 4.42 s", "The caller heard nothing for 6.03 s."},
		"No response was asked for after the tool x returned: the caller heard nothing for another 9.21 s.": {"No response was asked for after the tool x returned", "The caller heard nothing for another 9.21 s."},
		"The connection was lost for 1.90 s; 1 of 2 dials failed.":                                          {"The connection was lost for 1.90 s", "1 of 2 dials failed."},
		"The service refused session.update about a.b (c). With it: d.":                                     {"The service refused session.update", "About a.b (c). With it: d."},
		"One clause.": {"One clause", ""},
		"":            {"", ""},
	}
	for text, want := range cases {
		title, rest := headline(text)
		assert.Equal(t, want, [2]string{title, rest})
	}
}

func TestWordsAreSplitWhereTheSoundWasCut(t *testing.T) {
	t.Parallel()
	item := &recording.Item{Text: "one two three four", Made: 18, Cut: true}
	for heard, want := range map[recording.Micros]string{0: "", 1: "one", 5: "one", 6: "one two", 9: "one two", 11: "one two three", 17: "one two three", 18: "one two three four"} {
		item.HeardLen = heard
		got, rest := split(item)
		assert.Equal(t, want, got, heard)
		assert.Equal(t, item.Text, got+rest, "nothing is lost")
	}
	got, rest := split(&recording.Item{Text: "äöü", Made: 9, HeardLen: 4, Cut: true})
	assert.Equal(t, "äöü", got+rest)
}

func TestTheWorstFindingsOfEachKindComeFirst(t *testing.T) {
	t.Parallel()
	all := []recording.Finding{
		{Kind: recording.FindSilence, Severity: recording.Slow, Until: 4},
		{Kind: recording.FindSilence, Severity: recording.Slow, Until: 9},
		{Kind: recording.FindInterrupted, Severity: recording.Normal},
		{Kind: recording.FindInterrupted, Severity: recording.Normal},
		{Kind: recording.FindRefused, Severity: recording.Broken},
	}
	assert.ElementsMatch(t, []int{4, 1, 2, 0}, worst(all, 4))
	assert.ElementsMatch(t, []int{4, 1, 2}, worst(all, 3), "one of each kind before the second silence")
	assert.ElementsMatch(t, []int{4}, worst(all, 1))
	assert.Len(t, worst(all, 9), 5)
	assert.Empty(t, worst(nil, 4))
}

func TestLongStringsAreShortened(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(`é\n"`, 5000)
	text, err := json.Marshal(map[string]any{"a": "short \\ \"x\"", "b": long, "c": []string{long}})
	require.NoError(t, err)
	got := shorten(text, 101)
	var back struct {
		A, B string
		C    []string
	}
	require.NoError(t, json.Unmarshal(got, &back), "%s", got)
	assert.Equal(t, "short \\ \"x\"", back.A)
	assert.True(t, strings.HasPrefix(back.B, `é\n"é\n"`))
	assert.Contains(t, back.B, "more bytes›")
	assert.Equal(t, back.B, back.C[0])
	assert.Less(t, len(got), 500)
}
