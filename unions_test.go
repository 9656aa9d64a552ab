package realtimego

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/doccode"
)

// TestValuesOfUnionsAreAssertedAsValues holds that no code of this repository and of its
// documents asserts a pointer where the decoder returns a value, such as *api.Null. The
// compiler allows it, since a pointer has the methods of its value, and it never matches.
// The reverse does not compile.
func TestValuesOfUnionsAreAssertedAsValues(t *testing.T) {
	t.Parallel()
	values := unionValues(t)
	require.Contains(t, values, "api.Null")
	require.Contains(t, values, "api.VoiceName")
	require.Contains(t, values, "plivo.NumberString")
	assert.Equal(t, []string{"*api.Null", "*api.VoiceName"}, pointersTo(values, parsed(t, `package p
func f() {
	_, _ = x.(*api.Null)
	switch x.(type) {
	case *api.FunctionCall, api.Null, *api.VoiceName:
	}
}`)))
	files := 0
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files++
		assert.Empty(t, pointersTo(values, file), path)
		return nil
	}))
	assert.Greater(t, files, 500)
	docs, err := doccode.Documents(".")
	require.NoError(t, err)
	for _, doc := range docs {
		for _, b := range doc.Blocks {
			if b.Lang == "go" {
				assert.Empty(t, pointersTo(values, parsed(t, b.Text)), &b)
			}
		}
	}
}

// unionValues returns the variants of the unions of all packages below gen that are values.
func unionValues(t *testing.T) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob("gen/*/*_gen.go")
	require.NoError(t, err)
	values := map[string]bool{}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || !strings.HasPrefix(f.Name.Name, "is") || len(f.Body.List) > 0 {
				continue
			}
			if name, ok := f.Recv.List[0].Type.(*ast.Ident); ok {
				values[file.Name.Name+"."+name.Name] = true
			}
		}
	}
	return values
}

// parsed returns a block of a document as a file.
func parsed(t *testing.T, text string) *ast.File {
	t.Helper()
	for _, whole := range []string{text, "package p\n" + text, "package p\nfunc f() {\n" + text + "\n}"} {
		if file, err := parser.ParseFile(token.NewFileSet(), "", whole, parser.SkipObjectResolution); err == nil {
			return file
		}
	}
	require.Fail(t, "no Go", text)
	return nil
}

// pointersTo returns the pointers to values of unions that a file asserts.
func pointersTo(values map[string]bool, file *ast.File) []string {
	var found []string
	asserted := func(e ast.Expr) {
		star, ok := e.(*ast.StarExpr)
		if !ok {
			return
		}
		selector, ok := star.X.(*ast.SelectorExpr)
		if !ok {
			return
		}
		if pkg, ok := selector.X.(*ast.Ident); ok && values[pkg.Name+"."+selector.Sel.Name] {
			found = append(found, "*"+pkg.Name+"."+selector.Sel.Name)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeAssertExpr:
			asserted(n.Type)
		case *ast.CaseClause:
			for _, e := range n.List {
				asserted(e)
			}
		default:
		}
		return true
	})
	return found
}
