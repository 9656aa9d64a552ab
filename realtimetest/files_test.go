package realtimetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/filegraph"
)

// TestFiles holds the order of the files that doc.go declares.
func TestFiles(t *testing.T) {
	t.Parallel()
	families, err := filegraph.Families("doc.go")
	require.NoError(t, err)
	graphs, err := filegraph.Load(t.Context(), ".", ".")
	require.NoError(t, err)
	require.Len(t, graphs, 1)
	g := graphs[0]
	up, err := g.Up(families)
	require.NoError(t, err)
	assert.LessOrEqual(t, g.LargestCircle(), 4, "%v", g.Circles())
	assert.Less(t, 10*len(up), len(g.Arrows), "%v", up)
	assert.Less(t, g.Lines, 6000)
	t.Logf("%s, %d arrows up: %v", g.Summary(), len(up), up)
}
