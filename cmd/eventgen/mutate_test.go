package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reference matches the target of a reference.
var reference = regexp.MustCompile(`#/components/schemas/\w+`)

// mutate returns a document with some lines removed, repeated, moved or exchanged, and
// references that lead elsewhere.
func mutate(text string, r *rand.Rand) string {
	lines := strings.SplitAfter(text, "\n")
	targets := reference.FindAllString(text, -1)
	words := []string{"type", "const", "oneOf", "allOf", "anyOf", "properties", "items", "required", "enum", "discriminator", "additionalProperties", "payload", "messages", "nullable"}
	for range 1 + r.IntN(6) {
		i, j := r.IntN(len(lines)), r.IntN(len(lines))
		switch r.IntN(7) {
		case 0:
			lines = slices.Delete(lines, i, i+1)
		case 1:
			lines = slices.Insert(lines, j, lines[i])
		case 2:
			lines[i], lines[j] = lines[j], lines[i]
		case 3, 4:
			if len(targets) > 0 {
				lines[i] = reference.ReplaceAllString(lines[i], targets[r.IntN(len(targets))])
			}
		case 5:
			lines[i] = strings.Replace(lines[i], words[r.IntN(len(words))], words[r.IntN(len(words))], 1)
		case 6:
			lines[i] = strings.Replace(lines[i], ": ", ": [", 1)
		}
		if len(lines) == 0 {
			return ""
		}
	}
	return strings.Join(lines, "")
}

// TestMutations generates from mutations of all documents of the tests: each is refused
// or gives source that parses, in little memory.
func TestMutations(t *testing.T) {
	t.Parallel()
	rounds := 40
	if testing.Short() {
		rounds = 4
	}
	paths, err := filepath.Glob("testdata/golden/*/*api.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		for seed := range rounds {
			text := mutate(string(data), rand.New(rand.NewPCG(uint64(seed), 1)))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			generateAny(t, []byte(text))
			runtime.ReadMemStats(&after)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4*fuzzMemory), "%s, seed %d", path, seed)
		}
	}
}
