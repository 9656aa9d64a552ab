package report_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/bench/internal/report"
)

func TestMachinesAreComputedFromACore(t *testing.T) {
	t.Parallel()
	s := report.Machines([]report.Section{{Capacities: []report.Capacity{{What: "calls", PerCore: 1234}, {What: "agents", Bytes: 100 << 10}}}})
	assert.Equal(t, [][]string{{"calls", "1,200", "1,200", "9,900", "39,000"}}, s.Tables[0].Rows)
	assert.Equal(t, [][]string{{"agents", "100 KB", "10,000"}}, s.Tables[1].Rows)

	file := filepath.Join(t.TempDir(), "doc.md")
	require.NoError(t, os.WriteFile(file, []byte("before\n<!-- Written by make bench: begin -->\nold\n<!-- Written by make bench: end -->\nafter\n"), 0o600))
	require.NoError(t, report.ReplaceBlock(file, &s))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Regexp(t, `(?s)^before\n.*\| calls \| 1,200 .*\| agents .*\nafter\n$`, string(text))
	assert.NotContains(t, string(text), "old")
	require.NoError(t, report.ReplaceBlock(file, &s), "it can be written again")
	require.NoError(t, os.WriteFile(file, []byte("nothing"), 0o600))
	require.ErrorContains(t, report.ReplaceBlock(file, &s), "has no part")
}
