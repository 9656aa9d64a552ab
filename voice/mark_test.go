package voice

import (
	"math"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMarksKeepTheirNames(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[A-Za-z0-9-]{1,24}$`)
	for _, m := range []Mark{newMark(1, 0), newMark(1, 1), newMark(7, 1200), newMark(math.MaxUint32, math.MaxUint32)} {
		assert.Regexp(t, name, m.String())
		got, ok := ParseMark(m.String())
		assert.True(t, ok)
		assert.Equal(t, m, got)
	}
	assert.Equal(t, "m7-1200", newMark(7, 1200).String())
}

func TestForeignMarks(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "m", "m-", "m1", "m1-", "m-1", "m0-1", "m1-1 ", "m01-1", "m1-01", "M1-1", "1-1", "m1-1-1",
		"m+1-1", "m4294967296-1", "m1-4294967296", "greeting", "m1-0x1",
	} {
		m, ok := ParseMark(s)
		assert.False(t, ok, "%q", s)
		assert.Zero(t, m, "%q", s)
	}
}
