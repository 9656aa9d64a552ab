package realtimego

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNothingIsUnsafe checks that the module uses neither package unsafe nor linkname
// nor cgo, and has assembly in one package only, on every platform.
func TestNothingIsUnsafe(t *testing.T) {
	t.Parallel()
	files := 0
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != "." && foreign(path):
			return filepath.SkipDir
		case e.IsDir() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		switch filepath.Ext(path) {
		case ".c", ".h", ".cc", ".cpp", ".syso":
			assert.Fail(t, "C source or object file", path)
		case ".s":
			assert.Equal(t, filepath.Join("internal", "base64"), filepath.Dir(path))
		case ".go":
			files++
			assert.Empty(t, unsafeParts(t, path), path)
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, files, 100, "too few files")
}

// foreign reports whether a directory is outside the module.
func foreign(dir string) bool {
	name := filepath.Base(dir)
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return name[0] == '.' || name == "testdata" || name == "node_modules" || err == nil
}

// unsafeParts returns the parts of a file that the compiler does not check.
func unsafeParts(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
	require.NoError(t, err)
	var parts []string
	for _, i := range file.Imports {
		if i.Path.Value == `"unsafe"` || i.Path.Value == `"C"` {
			parts = append(parts, i.Path.Value)
		}
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:linkname") {
				parts = append(parts, c.Text)
			}
		}
	}
	return parts
}

// TestPuregoHasNoAssembly checks that a build with the tag purego has no assembly in
// the module and its dependencies outside the standard library. Assembly that no Go
// file declares is never called and is not linked.
func TestPuregoHasNoAssembly(t *testing.T) {
	t.Parallel()
	const format = `{{if not .Standard}}{{.ImportPath}}{{range .GoFiles}} {{.}}{{end}}{{range .CgoFiles}} C{{end}}{{end}}`
	for _, arch := range []string{"amd64", "arm64"} {
		pkgs := list(t, format, "-tags=purego", "-deps", "./calls", "./realtimetest", "GOARCH="+arch)
		require.Contains(t, pkgs, "wire")
		for pkg, files := range pkgs {
			assert.NotContains(t, files, "C", pkg)
			for _, file := range files {
				assert.False(t, strings.HasSuffix(file, "_"+arch+".go"), "%s: %s", pkg, file)
			}
		}
	}
}
