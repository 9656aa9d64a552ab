package realtimego

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNothingIsUnsafe holds that the module has no unsafe, no linkname and no C,
// whatever the platform a file is for.
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
			assert.Fail(t, "neither Go nor its assembly", path)
		case ".go":
			files++
			assert.Empty(t, unsafeParts(t, path), path)
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, files, 100, "too few files to be the module")
}

// foreign reports whether a folder is no part of the module.
func foreign(dir string) bool {
	name := filepath.Base(dir)
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return name[0] == '.' || name == "testdata" || name == "node_modules" || err == nil
}

// unsafeParts names what a file has that the compiler does not check.
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

// TestPureGoLinksNoAssembly holds that a program that is built with the tag purego
// has no assembly in it, but for the standard library's. The same question without
// the tag shows that the answer can be another.
func TestPureGoLinksNoAssembly(t *testing.T) {
	t.Parallel()
	for _, arch := range []string{"amd64", "arm64"} {
		assert.NotEmpty(t, assembly(t, arch, ""), arch)
		assert.Empty(t, assembly(t, arch, "purego"), arch)
	}
}

// assembly returns the symbols of a program that were assembled and are not the
// standard library's: their calls pass arguments in the old way, by which the
// linker names them. A module may hold files of assembly that nothing calls; those
// are not linked.
func assembly(t *testing.T, arch, tags string) []string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-tags", tags, "-o", program, "./wire")
	build.Env = append(build.Environ(), "GOOS=linux", "GOARCH="+arch)
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.CommandContext(t.Context(), "go", "tool", "nm", program).Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "github.com/emmansun/base64.", "the codec is not in the program")
	var symbols []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		symbol := fields[len(fields)-1]
		first, _, _ := strings.Cut(symbol, "/")
		if strings.HasSuffix(symbol, ".abi0") && strings.Contains(first, ".") && first != symbol {
			symbols = append(symbols, symbol)
		}
	}
	return symbols
}
