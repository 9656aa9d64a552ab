package filegraph_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/filegraph"
)

func load(t *testing.T) *filegraph.Graph {
	t.Helper()
	graphs, err := filegraph.Load(t.Context(), "testdata/sample", "./...")
	require.NoError(t, err)
	require.Len(t, graphs, 1)
	return graphs[0]
}

func TestArrowsLeadToWhatAFileUses(t *testing.T) {
	t.Parallel()
	g := load(t)
	assert.Equal(t, "example.com/sample", g.Path)
	assert.Equal(t, []string{"base.go", "base_loop.go", "top.go"}, g.Files)
	assert.False(t, g.Generated)
	assert.Equal(t, 17, g.Lines)
	assert.Equal(t, []filegraph.Arrow{
		{From: "base_loop.go", To: "base.go", Names: []string{"Base"}},
		{From: "base_loop.go", To: "top.go", Names: []string{"top"}},
		{From: "top.go", To: "base.go", Names: []string{"Base", "name", "upper"}},
		{From: "top.go", To: "base_loop.go", Names: []string{"loop"}},
	}, g.Arrows)
	assert.Equal(t, [][]string{{"base_loop.go", "top.go"}}, g.Circles())
	assert.Equal(t, 2, g.LargestCircle())
}

func TestArrowsUpRunAgainstTheFamilies(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		families []string
		up       [][2]string
		err      string
	}{
		"in order":            {families: []string{"base", "top"}, up: [][2]string{{"base_loop.go", "top.go"}}},
		"against the order":   {families: []string{"top", "base"}, up: [][2]string{{"top.go", "base.go"}, {"top.go", "base_loop.go"}}},
		"longest name":        {families: []string{"base", "top", "base_loop"}, up: [][2]string{{"top.go", "base_loop.go"}}},
		"file without family": {families: []string{"base"}, err: "no family for top.go"},
		"family without file": {families: []string{"base", "top", "gone"}, err: "families without a file: [gone]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up, err := load(t).Up(tt.families)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			var got [][2]string
			for _, a := range up {
				got = append(got, [2]string{a.From, a.To})
			}
			assert.Equal(t, tt.up, got)
		})
	}
}

func TestFamiliesAreListedBelowThePackageClause(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "doc.go")
	doc := "// Package p is an example:\n//\n//\tcode  // Not a family.\npackage p\n\n// The families:\n//\n" +
		"//\tlow    Low is the entry point;\n//\t       continued\n//\thigh_up  High\n"
	require.NoError(t, os.WriteFile(file, []byte(doc), 0o600))
	families, err := filegraph.Families(file)
	require.NoError(t, err)
	assert.Equal(t, []string{"doc", "low", "high_up"}, families)
}
