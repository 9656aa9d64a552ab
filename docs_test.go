package realtimego

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/doccode"
	"github.com/voicelane/realtime-go/internal/mission"
)

// TestCodeOfDocumentsCompiles type-checks every Go block of every document. Blocks with
// imports of a nested module are checked by that module's own test, which has to be there.
func TestCodeOfDocumentsCompiles(t *testing.T) {
	t.Parallel()
	docs, err := doccode.Documents(".")
	require.NoError(t, err)
	n, err := doccode.Compile(t.Context(), ".", ".", docs)
	require.NoError(t, err)
	assert.Greater(t, n, 10)
	homes, err := doccode.Homes(".", docs)
	require.NoError(t, err)
	for _, dir := range slices.Sorted(maps.Keys(homes)) {
		test, err := os.ReadFile(filepath.Join(dir, "docs_test.go"))
		require.NoError(t, err, homes[dir])
		assert.Contains(t, string(test), "doccode.Compile(", dir)
	}
	tests, err := mission.Load(".")
	require.NoError(t, err)
	for _, doc := range docs {
		for _, b := range doc.Blocks {
			assert.True(t, b.TestedBy == "" || len(tests.Tests(b.TestedBy)) == 1, "%s: no test is %s", &b, b.TestedBy)
		}
	}
}

// TestDocumentsLeadSomewhere checks the relative links of all documents, with their
// fragments, and the commands that they name.
func TestDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	docs, err := doccode.Documents(".")
	require.NoError(t, err)
	require.Greater(t, len(docs), 10)
	require.NoError(t, doccode.Links(".", docs))
	require.NoError(t, doccode.Commands(".", docs))
}
