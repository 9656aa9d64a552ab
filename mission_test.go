package realtimego

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/mission"
)

// requirements is the number of rows of docs/mission.md, S001 to S266.
const requirements = 266

// TestRequirementsAreMet checks that every row of docs/mission.md names exported
// identifiers and tests that exist, including subtests.
func TestRequirementsAreMet(t *testing.T) {
	t.Parallel()
	module, rows := readMission(t)
	require.Equal(t, requirements, len(rows))
	for i, row := range rows {
		require.Equal(t, fmt.Sprintf("S%03d", i+1), row.ID)
		assert.NotEmpty(t, row.What, "%s has no requirement", row.ID)
		assert.NotEmpty(t, row.Identifiers, "%s names no identifier", row.ID)
		assert.NotEmpty(t, row.Tests, "%s names no test", row.ID)
		for _, name := range row.Identifiers {
			assert.True(t, module.Has(name), "%s names %s, which does not exist", row.ID, name)
		}
		for _, name := range row.Tests {
			found := module.Tests(name)
			if assert.Len(t, found, 1, "%s names %s: number of tests with this name", row.ID, name) {
				_, sub, _ := strings.Cut(name, "/")
				assert.True(t, sub == "" || found[0].HasSubtest(sub), "%s names %s, a subtest that does not exist", row.ID, name)
			}
		}
		assert.Len(t, slices.Compact(slices.Sorted(slices.Values(row.Tests))), len(row.Tests), "%s names a test twice", row.ID)
	}
}

// TestFaultsCanBePlanted checks that every row has a fault whose text occurs once.
// Whether the row's tests detect it is checked by make mission.
func TestFaultsCanBePlanted(t *testing.T) {
	t.Parallel()
	module, rows := readMission(t)
	doc, err := os.ReadFile("docs/mission-faults.yaml")
	require.NoError(t, err)
	faults, err := mission.Faults(doc)
	require.NoError(t, err)
	for _, row := range rows {
		fault, ok := faults[row.ID]
		if !assert.True(t, ok, "%s has no fault", row.ID) {
			continue
		}
		_, _, err := module.Plant(fault)
		assert.NoError(t, err, row.ID)
		delete(faults, row.ID)
	}
	assert.Empty(t, faults, "faults of no row")
}

func readMission(t *testing.T) (*mission.Module, []mission.Row) {
	t.Helper()
	module, err := mission.Load(".")
	require.NoError(t, err)
	doc, err := os.ReadFile("docs/mission.md")
	require.NoError(t, err)
	return module, mission.Rows(string(doc))
}
