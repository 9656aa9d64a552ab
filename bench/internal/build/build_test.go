package build

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGoals(t *testing.T) {
	t.Parallel()
	all := []result{{cold: 5 * time.Second, size: 10 << 20}, {cold: 60 * time.Second, size: 20 << 20}}
	for _, g := range goals(all) {
		assert.True(t, g.Met, g)
	}
	all[0], all[1] = all[1], all[0]
	for _, g := range goals(all) {
		assert.False(t, g.Met, g)
	}
	assert.Equal(t, []string{"realtime-go", "60.0 s", "0.0 s", "20.0 MB", "0.0 MB"}, table(all).Rows[0])
}

func TestBuildMeasures(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the module")
	}
	t.Chdir("../..")
	r, err := programs[0].build(t.Context(), t.TempDir())
	require.NoError(t, err)
	assert.Greater(t, r.cold, r.warm, "the second build compiles nothing")
	assert.Greater(t, r.size, r.thin)
}
