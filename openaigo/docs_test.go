package openaigo_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/doccode"
)

// TestCodeOfDocumentsCompiles type-checks the Go blocks of the documents that import this
// module.
func TestCodeOfDocumentsCompiles(t *testing.T) {
	t.Parallel()
	root, dir := "..", "openaigo"
	docs, err := doccode.Documents(root)
	require.NoError(t, err)
	n, err := doccode.Compile(t.Context(), root, dir, docs)
	require.NoError(t, err)
	assert.Positive(t, n)
}
