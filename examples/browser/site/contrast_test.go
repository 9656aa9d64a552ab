package site_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var token = regexp.MustCompile(`--(\w+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)

// tokens returns the colours of a style sheet by name, each for light and dark.
func tokens(t *testing.T, file string) map[string][]string {
	t.Helper()
	css, err := os.ReadFile(file)
	require.NoError(t, err)
	all := map[string][]string{}
	for _, m := range token.FindAllStringSubmatch(string(css), -1) {
		all[m[1]] = m[2:]
	}
	return all
}

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

// Text has a contrast of at least 4.5 to each ground, and the edges of controls of 3.
func TestContrast(t *testing.T) {
	t.Parallel()
	colours := tokens(t, "page/style.css")
	for name, least := range map[string]float64{
		"ink": 4.5, "dim": 4.5, "caller": 4.5, "agent": 4.5, "slow": 4.5, "cut": 4.5, "bad": 4.5, "edge": 3,
	} {
		for _, ground := range []string{"bg", "card", "sunk"} {
			for scheme := range 2 {
				require.Len(t, colours[name], 2, name)
				a, b := luminance(t, colours[name][scheme]), luminance(t, colours[ground][scheme])
				assert.GreaterOrEqual(t, (max(a, b)+0.05)/(min(a, b)+0.05), least, "%s on %s, scheme %d", name, ground, scheme)
			}
		}
	}
}

// The page looks like the pages of recordings.
func TestColoursAreThoseOfRecordings(t *testing.T) {
	t.Parallel()
	ours := tokens(t, "page/style.css")
	for name, colour := range tokens(t, "../../../view/page/base.css") {
		assert.Equal(t, colour, ours[name], name)
	}
}
