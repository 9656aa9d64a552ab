package view_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// luminance is the relative luminance of a colour #rrggbb, by WCAG.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err)
		v := float64(n) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

// All colours of text have a contrast of at least 4.5 to all grounds, light and dark.
func TestContrast(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("page/base.css")
	require.NoError(t, err)
	tokens := map[string][]string{}
	for _, m := range regexp.MustCompile(`--(\w+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`).FindAllStringSubmatch(string(css), -1) {
		tokens[m[1]] = m[2:]
	}
	for _, text := range []string{"ink", "dim", "caller", "agent", "slow", "cut", "bad"} {
		for _, ground := range []string{"bg", "card", "sunk"} {
			for scheme := range 2 {
				require.Len(t, tokens[text], 2, text)
				a, b := luminance(t, tokens[text][scheme]), luminance(t, tokens[ground][scheme])
				ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05)
				assert.GreaterOrEqual(t, ratio, 4.5, "%s on %s, scheme %d", text, ground, scheme)
			}
		}
	}
}
