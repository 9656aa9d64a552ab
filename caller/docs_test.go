package caller

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheDocumentationShowsATest holds the test in docs/testing.md to the one that runs,
// and to sixty lines.
func TestTheDocumentationShowsATest(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/testing.md")
	require.NoError(t, err)
	lines := 0
	for mark, file := range map[string]string{"<!-- desk_test.go -->\n```go\n": "desk_test.go", "<!-- desk.yaml -->\n```yaml\n": "testdata/desk.yaml"} {
		_, rest, ok := strings.Cut(string(doc), mark)
		require.True(t, ok, mark)
		block, _, ok := strings.Cut(rest, "```")
		require.True(t, ok, mark)
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(want), block)
		lines += strings.Count(block, "\n")
	}
	assert.Less(t, lines, 60)
	for name := range expectations() {
		assert.Contains(t, string(doc), "`"+name, "it is documented")
	}
}
