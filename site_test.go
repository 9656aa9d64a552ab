package realtimego

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSiteHasEveryPage compares the sidebar of the site with the documents: each page is
// there once, but for the first one and those that the site leaves out.
func TestSiteHasEveryPage(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile("site/.vitepress/config.mts")
	require.NoError(t, err)
	excluded := regexp.MustCompile(`excluded = \[(.*)\]`).FindStringSubmatch(string(config))
	require.NotNil(t, excluded)
	var want []string
	err = filepath.WalkDir("docs", func(file string, d fs.DirEntry, err error) error {
		page, _ := strings.CutPrefix(filepath.ToSlash(file), "docs/")
		if err == nil && filepath.Ext(page) == ".md" && page != "README.md" && !strings.Contains(excluded[1], "'"+page+"'") {
			want = append(want, "/"+strings.TrimSuffix(page, ".md"))
		}
		return err
	})
	require.NoError(t, err)
	pages, err := os.ReadFile("site/.vitepress/pages.mts")
	require.NoError(t, err)
	var got []string
	for _, m := range regexp.MustCompile(`link: '([^']+)'`).FindAllStringSubmatch(string(pages), -1) {
		got = append(got, m[1])
	}
	assert.ElementsMatch(t, want, got)
}
