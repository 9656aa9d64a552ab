package render

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNoDirective checks that no description becomes a directive: gofmt turns a line
// "// +build x" anywhere in a file into a constraint of the file.
func TestNoDirective(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"+build ignore", "word\n\n+build ignore", strings.Repeat("long ", 17) + " +build ignore", "go:embed x", "\uFEFF+build a\x00b", "line x.go:1"} {
		src, err := Format("a.go", []byte("package a\n\n"+comment("", "", text)+"type A struct{}\n"))
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(src), "package a\n"), "%q gives\n%s", text, src)
		assert.NotContains(t, string(src), "//go:")
		assert.NotContains(t, string(src), "// +")
		assert.NotContains(t, string(src), "//line")
	}
}
