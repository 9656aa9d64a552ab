package report_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/bench/internal/report"
)

func TestRegressionsAreFound(t *testing.T) {
	t.Parallel()
	was := map[string]float64{"same": 2, "slower": 1, "much slower": 1, "faster": 4, "gone": 1}
	now := map[string]float64{"same": 2.4, "slower": 1.3, "much slower": 3, "faster": 1, "new": 9}
	worse, compared := report.Compare(was, now, 1.25)
	assert.Equal(t, []report.Regression{{Name: "much slower", Was: 1, Now: 3}, {Name: "slower", Was: 1, Now: 1.3}}, worse)
	assert.Equal(t, 4, compared)
	assert.Equal(t, "slower: 1.30, was 1.00 (+30 %)", worse[1].String())
}

func TestRatiosAreKept(t *testing.T) {
	t.Parallel()
	all := report.Ratios([]report.Section{{Ratios: map[string]float64{"a": 1.23456, "unknown": math.NaN()}}, {Ratios: map[string]float64{"b": 2}}})
	text, err := report.WriteRatios(all)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "ratios.json")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	back, err := report.ReadRatios(file)
	require.NoError(t, err)
	assert.Equal(t, map[string]float64{"a": 1.235, "b": 2}, back)
	_, err = report.ReadRatios(file + "x")
	require.Error(t, err)
}
