package apitest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMissionNamesTests makes sure that the tests that docs/mission.md names are
// there, and that its lines are in order.
func TestMissionNamesTests(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/mission.md")
	require.NoError(t, err)
	tests := testFunctions(t, "../..")
	named := regexp.MustCompile("`([a-z0-9]+)\\.((?:Test|Fuzz|Example)[A-Za-z0-9_]*)")
	var rows []string
	for line := range strings.Lines(string(data)) {
		id, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		if !ok || id == "row" || strings.HasPrefix(id, "|") {
			continue
		}
		rows = append(rows, id)
		for _, n := range named.FindAllStringSubmatch(line, -1) {
			assert.Contains(t, tests[n[1]], n[2], "%s: no such test", id)
		}
	}
	assert.NotEmpty(t, rows)
	assert.True(t, slices.IsSorted(rows), "the lines are not in order")
	assert.Len(t, slices.Compact(rows), len(rows), "a line comes twice")
}

// testFunctions returns the names of the test functions below root, by folder.
func testFunctions(t *testing.T, root string) map[string][]string {
	t.Helper()
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)
	tests := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder := filepath.Base(filepath.Dir(path))
		for _, m := range function.FindAllStringSubmatch(string(data), -1) {
			tests[folder] = append(tests[folder], m[1])
		}
		return nil
	})
	require.NoError(t, err)
	return tests
}
