package filegraph_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/filegraph"
)

func TestLoadReadsArrowsAndFamilies(t *testing.T) {
	t.Parallel()
	graphs, err := filegraph.Load(t.Context(), "testdata/sample", "./...")
	require.NoError(t, err)
	require.Len(t, graphs, 1, "the package that is all generated is left out")
	assert.Equal(t, &filegraph.Graph{
		Path:     "example.com/sample",
		Files:    []string{"base.go", "base_loop.go", "doc.go", "top.go"},
		Lines:    22,
		Families: []string{"base", "top"},
		Arrows: []filegraph.Arrow{
			{From: "base_loop.go", To: "base.go", Names: []string{"Base"}},
			{From: "base_loop.go", To: "top.go", Names: []string{"top"}},
			{From: "top.go", To: "base.go", Names: []string{"Base", "name", "upper"}},
			{From: "top.go", To: "base_loop.go", Names: []string{"loop"}},
		},
	}, graphs[0])
	assert.Equal(t, []string{"base_loop.go", "top.go"}, graphs[0].LargestCircle())
}

// graph returns a graph of the files a.go to f.go whose arrows are given as pairs of
// letters.
func graph(families []string, arrows ...string) *filegraph.Graph {
	g := &filegraph.Graph{Families: families, Files: []string{"a.go", "b.go", "b_x.go", "c.go", "d.go", "doc.go"}}
	name := map[byte]string{'a': "a.go", 'b': "b.go", 'x': "b_x.go", 'c': "c.go", 'd': "d.go"}
	for _, a := range arrows {
		g.Arrows = append(g.Arrows, filegraph.Arrow{From: name[a[0]], To: name[a[1]]})
	}
	return g
}

func TestCircles(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		arrows []string
		want   [][]string
	}{
		"none":           {arrows: []string{"ba", "cb", "ca"}},
		"two":            {arrows: []string{"ab", "ba", "xc", "cd", "dx", "ca"}, want: [][]string{{"b_x.go", "c.go", "d.go"}, {"a.go", "b.go"}}},
		"through others": {arrows: []string{"ab", "bx", "xc", "ca"}, want: [][]string{{"a.go", "b.go", "b_x.go", "c.go"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := graph(nil, tt.arrows...)
			assert.Equal(t, tt.want, g.Circles())
			if tt.want == nil {
				assert.Nil(t, g.LargestCircle())
				return
			}
			assert.Equal(t, tt.want[0], g.LargestCircle())
		})
	}
}

func TestUp(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		families []string
		arrows   []string
		up       []string
		err      string
	}{
		"no circle":              {arrows: []string{"ba", "cb"}},
		"fewest of a circle":     {arrows: []string{"ba", "cb", "ca", "ac"}, up: []string{"a.go -> c.go: []"}},
		"one arrow closes three": {arrows: []string{"ab", "bc", "ca", "cb"}, up: []string{"b.go -> c.go: []"}},
		"in order":               {families: []string{"a", "b", "c", "d"}, arrows: []string{"ba", "cx", "da"}},
		"to a family above":      {families: []string{"a", "b", "c", "d"}, arrows: []string{"ba", "ab", "xc"}, up: []string{"a.go -> b.go: []", "b_x.go -> c.go: []"}},
		"circle in a family":     {families: []string{"a", "b", "c", "d"}, arrows: []string{"bx", "xb", "ba"}, up: []string{"b_x.go -> b.go: []"}},
		"longest name":           {families: []string{"a", "b_x", "b", "c", "d"}, arrows: []string{"xb"}, up: []string{"b_x.go -> b.go: []"}},
		"file without family":    {families: []string{"a", "b", "c"}, err: "no family for d.go"},
		"family without file":    {families: []string{"a", "b", "c", "d", "gone"}, err: "families without a file: [gone]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up, err := graph(tt.families, tt.arrows...).Up()
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			var got []string
			for _, a := range up {
				got = append(got, a.String())
			}
			assert.Equal(t, tt.up, got)
		})
	}
}
