package mutant

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// at turns a change on at point 1 for a call.
func at[T any](change int, call func() T) T {
	mutantPoint, mutantChange = 1, change
	defer func() { mutantPoint, mutantChange = 0, 0 }()
	return call()
}

func TestComparisons(t *testing.T) {
	for name, test := range map[string]struct {
		compare func(point, a, b int) bool
		want    [3][3]bool // By change, then for a below, at and above b.
	}{
		"<":  {mutantLess[int], [3][3]bool{{true, false, false}, {true, true, false}, {false, true, true}}},
		"<=": {mutantAtMost[int], [3][3]bool{{true, true, false}, {true, false, false}, {false, false, true}}},
		">":  {mutantMore[int], [3][3]bool{{false, false, true}, {false, true, true}, {true, true, false}}},
		">=": {mutantAtLeast[int], [3][3]bool{{false, true, true}, {false, false, true}, {true, false, false}}},
	} {
		for change, want := range test.want {
			for i, a := range []int{1, 2, 3} {
				assert.Equal(t, want[i], at(change, func() bool { return test.compare(1, a, 2) }), "%d %s 2, change %d", a, name, change)
				assert.Equal(t, test.want[0][i], at(change, func() bool { return test.compare(2, a, 2) }), "another point")
			}
		}
	}
}

func TestArithmetic(t *testing.T) {
	for name, test := range map[string]struct {
		call      func(point int) int
		off, with int
	}{
		"+":       {func(p int) int { return mutantSum(p, 7, 2) }, 9, 5},
		"-":       {func(p int) int { return mutantDifference(p, 7, 2) }, 5, 9},
		"*":       {func(p int) int { return mutantProduct(p, 7, 2) }, 14, 3},
		"/":       {func(p int) int { return mutantQuotient(p, 7, 2) }, 3, 14},
		"%":       {func(p int) int { return mutantRemainder(p, 7, 2) }, 1, 14},
		"unary -": {func(p int) int { return mutantNegative(p, 7) }, -7, 7},
		"unary +": {func(p int) int { return mutantPositive(p, 7) }, 7, -7},
		"++":      {mutantStep[int], 1, -1},
	} {
		assert.Equal(t, test.off, test.call(1), name)
		assert.Equal(t, test.with, at(2, func() int { return test.call(1) }), name)
		assert.Equal(t, test.off, at(2, func() int { return test.call(2) }), "another point")
	}
	n := uint8(5)
	n += at(2, func() uint8 { return mutantStep[uint8](1) })
	assert.Equal(t, uint8(4), n)
	assert.Equal(t, 0, cmp.Compare(at(2, func() float64 { return mutantSum(1, 0.5, 0.25) }), 0.25))
}

func TestRecord(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reached")
	t.Setenv("MUTANT_REACHED", file)
	mutantReached = mutantRecord()
	defer func() { _, mutantReached = mutantReached.file.Close(), nil }()
	for range 3 {
		assert.False(t, mutantIs(7))
		assert.True(t, mutantLess(40, 1, 2))
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "7\n40\n", string(text))
}

func TestNumber(t *testing.T) {
	t.Setenv("MUTANT_POINT", "12")
	assert.Equal(t, 12, mutantNumber("MUTANT_POINT"))
	assert.Equal(t, 0, mutantNumber("MUTANT_UNSET"))
}
