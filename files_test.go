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

// beyond lists packages that exceed a bound today. Take a package out once it does
// not; the test fails until then.
var beyond = map[string]bool{
	"cmd/eventgen": true,
}

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
		within := g.Lines <= maxLines && len(circle) <= maxCircle && (len(up) <= 1 || len(up)*100 < maxUp*len(g.Arrows))
		assert.Equal(t, !beyond[path], within, "%s: %d lines, circle %v, up %v", path, g.Lines, circle, up)
	}
}
