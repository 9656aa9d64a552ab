package realtimego

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestExamplesAreListedAndTested: each example is in the list once, and has a test in its
// folder or below it.
func TestExamplesAreListedAndTested(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile(filepath.Join("examples", "README.md"))
	require.NoError(t, err)
	entries, err := os.ReadDir("examples")
	require.NoError(t, err)
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "internal" {
			continue
		}
		assert.Equal(t, 1, strings.Count(string(list), "[`"+e.Name()+"`]("+e.Name()+")"), e.Name())
		here, err := filepath.Glob(filepath.Join("examples", e.Name(), "*_test.go"))
		require.NoError(t, err)
		below, err := filepath.Glob(filepath.Join("examples", e.Name(), "*", "*_test.go"))
		require.NoError(t, err)
		assert.NotEmpty(t, append(here, below...), e.Name())
	}
}
