package realtimego

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/filegraph"
)

// The bounds of a package.
const (
	maxLines  = 6000
	maxCircle = 4  // files that reach each other
	maxUp     = 10 // per cent of the arrows between files, exclusive; one arrow is always allowed
)

// TestFilesOfAPackagePointDown holds packages to a size and to an order among their
// files, as [filegraph.Graph] measures them.
func TestFilesOfAPackagePointDown(t *testing.T) {
	t.Parallel()
	graphs, err := filegraph.Load(t.Context(), ".", "./...")
	require.NoError(t, err)
	require.NotEmpty(t, graphs)
	for _, g := range graphs {
		path := strings.TrimPrefix(g.Path, module+"/")
		circle := g.LargestCircle()
		up, err := g.Up()
		require.NoError(t, err)
		t.Logf("%-32s %2d files %5d lines %3d arrows %2d up %2d in a circle", path, len(g.Files), g.Lines, len(g.Arrows), len(up), len(circle))
		assert.LessOrEqual(t, g.Lines, maxLines, path)
		assert.LessOrEqual(t, len(circle), maxCircle, "%s: %v", path, circle)
		assert.True(t, len(up) <= 1 || len(up)*100 < maxUp*len(g.Arrows), "%s: %d of %d arrows run up: %v", path, len(up), len(g.Arrows), up)
	}
}
