package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDirectives runs each directive of generate.go with -check, and checks that every
// document of spec/carriers has one.
func TestDirectives(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "generate.go"))
	require.NoError(t, err)
	specs := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^//go:generate go run ./cmd/eventgen -spec (\S+) -out (\S+) -package (\S+) -strict$`).FindAllStringSubmatch(string(text), -1) {
		specs[m[1]] = true
		var out strings.Builder
		err := run([]string{
			"-spec", filepath.Join(root, filepath.FromSlash(m[1])), "-out", filepath.Join(root, filepath.FromSlash(m[2])),
			"-package", m[3], "-strict", "-check",
		}, &out, &out)
		require.NoError(t, err, out.String())
	}
	documents, err := filepath.Glob(filepath.Join(root, "spec", "carriers", "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, documents)
	for _, document := range documents {
		assert.True(t, specs["spec/carriers/"+filepath.Base(document)], "%s has no directive in generate.go", document)
	}
}
