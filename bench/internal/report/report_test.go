package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/bench/internal/report"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	text := report.Write([]string{"a machine", "a commit"}, []report.Section{
		{
			Title: "One", Intro: "How.",
			Tables: []report.Table{{Title: "Numbers", Columns: []string{"", "time"}, Rows: [][]string{{"us", "1 ns"}, {"them", "2 ns"}}}},
			Goals: []report.Goal{
				{What: "Speed", Goal: "fast", Here: "1", Met: true},
				{What: "Size", Goal: "small", Here: "9"},
				{What: "Peer", Goal: "beaten", Here: "–", Unknown: true, Met: true},
			},
			Charts:  []report.Chart{{File: "one.svg", Title: "Lines"}},
			Skipped: []string{"One peer: why."},
		},
		{Title: "Two"},
	})
	for _, want := range []string{
		"- a machine\n- a commit\n",
		"1 of 3 are met.",
		"| What | Goal | Here |  |\n| --- | --- | --- | --- |\n| Speed | fast | 1 | met |\n| Size | small | 9 | **missed** |\n| Peer | beaten | – | not measured |\n",
		"## One\n\nHow.\n\n![Lines](one.svg)\n\n### Numbers\n\n|  | time |\n| --- | --: |\n| us | 1 ns |\n| them | 2 ns |\n\n## Two\n",
		"## Skipped\n\n- One peer: why.\n",
	} {
		assert.Contains(t, text, want)
	}
}

// TestASectionIsMeasuredAgain renews a section twice: the report is that of Write with the last one.
func TestASectionIsMeasuredAgain(t *testing.T) {
	t.Parallel()
	section := func(title, value string, met bool) report.Section {
		return report.Section{
			Title: title, Intro: "How.", Tables: []report.Table{{Columns: []string{"", "time"}, Rows: [][]string{{"us", value}}}},
			Goals: []report.Goal{{What: title, Goal: "fast", Here: value, Met: met}, {What: title, Goal: "small", Here: value, Met: true}},
		}
	}
	one, two, three := section("One", "1", true), section("Two", "2", false), section("Three", "3", false)
	again := section("Two", "5", true)
	facts := []string{"a machine", "a commit"}
	text := report.Write(facts, []report.Section{one, two, three})
	for _, when := range []string{"on Monday", "on Friday"} {
		var err error
		text, err = report.Renew(text, &again, when)
		require.NoError(t, err)
		assert.Equal(t, report.Write(append(facts, "*Two* was measured again: "+when), []report.Section{one, again, three}), text)
	}
	assert.Contains(t, text, "5 of 6 are met.")
	last, err := report.Renew(report.Write(facts, []report.Section{one, two}), &again, "now")
	require.NoError(t, err)
	assert.Equal(t, report.Write(append(facts, "*Two* was measured again: now"), []report.Section{one, again}), last)
	for _, bad := range []report.Section{
		section("Four", "4", true),
		{Title: "Two", Charts: make([]report.Chart, 1)},
		{Title: "Two", Ratios: map[string]float64{"x": 1}},
		{Title: "Two", Goals: []report.Goal{{What: "Two", Goal: "new"}}},
	} {
		_, err := report.Renew(text, &bad, "now")
		assert.Error(t, err)
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "107 ns", report.Nanos(107.2))
	assert.Equal(t, "1.94 µs", report.Nanos(1940))
	assert.Equal(t, "245 µs", report.Nanos(244_900))
	assert.Equal(t, "3", report.Count(3))
	assert.Equal(t, "–", report.Count(-1))
}

func TestChartIsXMLWithEveryPoint(t *testing.T) {
	t.Parallel()
	c := report.Chart{
		Title: "Time <& size>", Sizes: []string{"4 KB", "8 KB", "16 KB"},
		Lines: []report.Line{{Name: "us & ours", Values: []float64{1.5, 2, 3}}, {Name: "them", Values: []float64{90, math.NaN(), 140}}},
	}
	svg := c.SVG()
	assert.Equal(t, 5, elements(t, svg, "circle"), "missing points are omitted")
	assert.Equal(t, 2, elements(t, svg, "polyline"))
	for _, tick := range []string{">2<", ">50<", ">100<"} {
		assert.Contains(t, svg, tick)
	}
	assert.NotContains(t, svg, "NaN")
	assert.NotContains(t, svg, "Inf")
}

func TestChartWithoutLines(t *testing.T) {
	t.Parallel()
	c := report.Chart{Sizes: []string{"1"}}
	assert.Zero(t, elements(t, c.SVG(), "polyline"))
}

// elements returns the number of elements with a name in a document, which must be
// well-formed.
func elements(t *testing.T, text, name string) int {
	t.Helper()
	n := 0
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return n
		}
		require.NoError(t, err)
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == name {
			n++
		}
	}
}

func TestBenchstatComparesPeers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "results.txt")
	var b strings.Builder
	for range 10 {
		b.WriteString("Benchmarkwork/8/peer=them 1 100 ns/op\nBenchmarkwork/8/peer=us 1 50 ns/op\nBenchmarkwork/8/peer=other 1 7 ns/op\n")
	}
	require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
	s := report.Benchstat(t.Context(), file, "them", "us")
	require.Empty(t, s.Skipped)
	assert.Contains(t, s.Intro, "-50.00% (p=0.000 n=10)")
	assert.NotContains(t, s.Intro, "other")
	assert.NotEmpty(t, report.Benchstat(t.Context(), file+".missing", "them").Skipped)
}
