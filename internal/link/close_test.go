package link

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestSendable checks the edges of RFC 6455, section 7.4: codes below 1000, those
// reserved for what never travels, and the ranges of libraries and applications.
func TestSendable(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]bool{
		0: false, 999: false, 1000: true, 1003: true, 1004: false, 1005: false, 1006: false, 1007: true, 1014: true,
		1015: false, 2999: false, 3000: true, 3999: true, 4000: true, 4999: true, 5000: false,
	} {
		assert.Equal(t, want, sendable(code), "%d", code)
	}
}

func TestCutReason(t *testing.T) {
	t.Parallel()
	fits := strings.Repeat("x", reasonSize)
	assert.Equal(t, fits, cut(fits))
	assert.Equal(t, fits, cut(fits+"x"))
	assert.Equal(t, fits[:reasonSize-1], cut(fits[:reasonSize-1]+"é"), "no half character")
}
