package realtimego

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/mission"
)

// TestComparisonNamesTests holds docs/openai-go.md to the code: the last cell of each
// row names tests that are there, one of which runs both clients, and the middle one a verdict.
func TestComparisonNamesTests(t *testing.T) {
	t.Parallel()
	module, err := mission.Load(".")
	require.NoError(t, err)
	doc, err := os.ReadFile("docs/openai-go.md")
	require.NoError(t, err)
	quoted := regexp.MustCompile("`([^`]+)`")
	rows := 0
	for line := range strings.Lines(string(doc)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 5 || strings.Contains(line, "---") || strings.Contains(line, "Test here") {
			continue
		}
		rows++
		assert.Contains(t, []string{"same", "better", "different"}, strings.TrimSpace(cells[2]), line)
		names := quoted.FindAllStringSubmatch(cells[4], -1)
		assert.Contains(t, cells[4], "`beside.Test", "no test runs both clients: %s", line)
		for _, name := range names {
			found := module.Tests(name[1])
			if assert.Len(t, found, 1, name[1]) {
				_, sub, _ := strings.Cut(name[1], "/")
				assert.True(t, sub == "" || found[0].HasSubtest(sub), name[1])
			}
		}
	}
	assert.Greater(t, rows, 40)
}
