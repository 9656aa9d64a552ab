package caller

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// block returns the code block of a document that follows a mark.
func block(t *testing.T, doc, mark string) string {
	t.Helper()
	_, rest, ok := strings.Cut(doc, mark)
	require.True(t, ok, mark)
	text, _, ok := strings.Cut(rest, "```")
	require.True(t, ok, mark)
	return text
}

// TestTheDocumentationShowsATest holds the scenarios in docs/testing.md to those that run,
// and the test to sixty lines.
func TestTheDocumentationShowsATest(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/testing.md")
	require.NoError(t, err)
	lines := 0
	for mark, file := range map[string]string{"<!-- desk_test.go -->\n```go\n": "desk_test.go", "<!-- desk.yaml -->\n```yaml\n": "testdata/desk.yaml"} {
		shown := block(t, string(doc), mark)
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(want), shown)
		lines += strings.Count(shown, "\n")
	}
	assert.Less(t, lines, 60)
	greeting, err := os.ReadFile("testdata/greeting.yaml")
	require.NoError(t, err)
	assert.Equal(t, string(greeting), block(t, string(doc), "<!-- greeting.yaml -->\n```yaml\n"))
	for name := range expectations() {
		assert.Contains(t, string(doc), "`"+name, "it is documented")
	}
}
