package fleet_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/doccode"
)

func TestCodeOfDocumentsCompiles(t *testing.T) {
	t.Parallel()
	docs, err := doccode.Documents("..")
	require.NoError(t, err)
	n, err := doccode.Compile(t.Context(), "..", "fleet", docs)
	require.NoError(t, err)
	assert.Positive(t, n)
}
