package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEachModuleIsReleasedOrNot: a module that is in neither list would be forgotten by a
// release.
func TestEachModuleIsReleasedOrNot(t *testing.T) {
	t.Parallel()
	var found []string
	top := filepath.Join("..", "..")
	err := filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != top && (strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules" || e.Name() == "testdata") {
			return filepath.SkipDir
		}
		if folder, err := filepath.Rel(top, filepath.Dir(path)); err == nil && e.Name() == "go.mod" && folder != "." {
			found = append(found, filepath.ToSlash(folder))
		}
		return nil
	})
	require.NoError(t, err)
	assert.ElementsMatch(t, append(published, unpublished...), found)
}

// TestModulesComeAfterWhatTheyRequire: the hash of a module in the go.sum of another needs its
// go.mod to be final.
func TestModulesComeAfterWhatTheyRequire(t *testing.T) {
	t.Parallel()
	for i, folder := range published {
		mod, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(folder), "go.mod"))
		require.NoError(t, err)
		for _, later := range published[i+1:] {
			assert.NotContains(t, string(mod), root+"/"+later+" ", folder)
		}
	}
}

func TestWhatMustNotBeReleased(t *testing.T) {
	t.Parallel()
	_, err := newRelease(t.Context(), "1.2", false, os.Stderr)
	require.ErrorContains(t, err, "is no version")
	r := &release{version: "v0.0.0", repo: filepath.Join("..", "..")}
	if err := r.ready(t.Context()); assert.Error(t, err) {
		assert.Regexp(t, "commit them|no section", err.Error())
	}
}
