package realtimego

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRequirementsAreMet checks docs/mission.md: each row must name an exported
// identifier and an existing test.
func TestRequirementsAreMet(t *testing.T) {
	t.Parallel()
	names := declared(t)
	doc, err := os.ReadFile("docs/mission.md")
	require.NoError(t, err)
	var ids []string
	for line := range strings.Lines(string(doc)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 4 || !strings.HasPrefix(cells[0], "| S") {
			continue
		}
		id := strings.TrimPrefix(cells[0], "| ")
		ids = append(ids, id)
		identifiers, tests := quoted(cells[2]), quoted(cells[3])
		assert.NotEmpty(t, identifiers, "%s names no identifier", id)
		assert.NotEmpty(t, tests, "%s names no test", id)
		for i, name := range slices.Concat(identifiers, tests) {
			if i >= len(identifiers) {
				name, _, _ = strings.Cut(name, "/") // Subtests are created at run time.
			}
			assert.True(t, has(names, name), "%s names %s, which does not exist", id, name)
		}
	}
	assert.True(t, slices.IsSorted(ids), "rows are not sorted")
	assert.Len(t, slices.Compact(ids), len(ids), "a row occurs twice")
}

// has reports whether a name is declared, directly or through an embedded type.
func has(names map[string]bool, name string) bool {
	if names[name] {
		return true
	}
	parts := strings.SplitN(name, ".", 3)
	if len(parts) < 3 {
		return false
	}
	owner := parts[0] + "." + parts[1] + embeds
	for n := range names {
		if inner, ok := strings.CutPrefix(n, owner); ok && has(names, parts[0]+"."+inner+"."+parts[2]) {
			return true
		}
	}
	return false
}

// embeds separates a type and one that it embeds.
const embeds = " embeds "

var code = regexp.MustCompile("`([^`]+)`")

func quoted(cell string) []string {
	var out []string
	for _, m := range code.FindAllStringSubmatch(cell, -1) {
		out = append(out, m[1])
	}
	return out
}

// declared returns the names of the module as package.Name, package.Type.Field and
// package.Type.Method. Programs, whose package is main, have the path of their directory.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != "." && (e.Name()[0] == '.' || e.Name() == "testdata" || e.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if e.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		pkg := strings.TrimSuffix(file.Name.Name, "_test")
		if pkg == "main" {
			pkg = filepath.Base(filepath.Dir(path))
			names[filepath.ToSlash(filepath.Dir(path))] = true
		}
		for _, d := range file.Decls {
			for _, name := range declarations(d) {
				names[pkg+"."+name] = true
			}
		}
		return nil
	})
	require.NoError(t, err)
	return names
}

func declarations(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		return []string{receiver(d.Recv.List[0].Type) + "." + d.Name.Name}
	case *ast.GenDecl:
		var out []string
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					out = append(out, n.Name)
				}
			case *ast.TypeSpec:
				out = append(out, s.Name.Name)
				out = append(out, members(s)...)
			}
		}
		return out
	}
	return nil
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func members(s *ast.TypeSpec) []string {
	x, ok := s.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	var out []string
	for _, f := range x.Fields.List {
		if len(f.Names) == 0 {
			out = append(out, s.Name.Name+embeds+receiver(f.Type))
		}
		for _, n := range f.Names {
			out = append(out, s.Name.Name+"."+n.Name)
		}
	}
	return out
}
