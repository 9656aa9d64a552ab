package words

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOf(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"dont", "the", "7", "10", "café"}, Of("Don't — the 7:10, CAFÉ!"))
	assert.Empty(t, Of(" …"))
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want, got     string
		errs, missing int
	}{
		{"a b c", "a b c", 0, 0},
		{"a b c", "", 3, 3},
		{"", "a b", 2, 0},
		{"a b c", "x y a b c z", 3, 0},
		{"a b c", "a x c", 1, 1},
		{"a b c", "a c", 1, 1},
		{"b", "a b c", 2, 0},
		{"a b c d", "d c b a", 4, 3},
	} {
		assert.Equal(t, c.errs, Errors(Of(c.want), Of(c.got)), "%s | %s", c.want, c.got)
		assert.Equal(t, c.missing, Missing(Of(c.want), Of(c.got)), "%s | %s", c.want, c.got)
	}
}

// The part that is most like the words is found: no window of the text is more like them.
func TestMissingIsTheBestPart(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 2))
	some := func(n int) (out []string) {
		for range rng.IntN(n) {
			out = append(out, string(rune('a'+rng.IntN(3))))
		}
		return out
	}
	for range 2000 {
		want, text := some(5), some(8)
		best := len(want)
		for i := range len(text) + 1 {
			for j := i; j <= len(text); j++ {
				best = min(best, Errors(want, text[i:j]))
			}
		}
		assert.Equal(t, best, Missing(want, text), "%v in %v", want, text)
		assert.Equal(t, Errors(want, text), Errors(text, want), "it has no direction")
	}
}

func TestPart(t *testing.T) {
	t.Parallel()
	const text = "One two — thrée four"
	assert.Equal(t, text, Part(text, 1))
	assert.Empty(t, Part(text, 0))
	assert.Empty(t, Part(text, 0.1), "half a word")
	assert.Equal(t, "One", Part(text, 0.15))
	assert.Equal(t, "One two —", Part(text, 0.6))
	last := 0
	for share := range 101 {
		n := len(Part(text, float64(share)/100))
		assert.GreaterOrEqual(t, n, last, "it grows")
		assert.True(t, n == 0 || n == len(text) || text[n] == ' ', "whole words")
		last = n
	}
}
