package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

const (
	root     = "../.."
	spec     = "spec/asyncapi.yaml"
	outDir   = "gen/api"
	maxLines = 3000
)

// generated is the package of the project's specification.
func generated(t *testing.T) map[string][]byte {
	t.Helper()
	doc, err := specdoc.Read(filepath.ToSlash(filepath.Join(root, spec)), os.ReadFile)
	require.NoError(t, err)
	files, err := Generate(Config{Spec: doc, Package: "api", Client: true})
	require.NoError(t, err)
	return files
}

// TestGenerated names each file of gen/api that is out of date with the specification.
// Run go generate ./... if it fails.
func TestGenerated(t *testing.T) {
	t.Parallel()
	var report strings.Builder
	err := Check(filepath.Join(root, outDir), generated(t), &report)
	assert.NoError(t, err, report.String())
}

func TestDeterminism(t *testing.T) {
	want := generated(t)
	absolute, err := filepath.Abs(filepath.Join(root, spec))
	require.NoError(t, err)
	out := t.TempDir()
	t.Chdir(filepath.Dir(absolute))
	for _, path := range []string{absolute, filepath.Base(spec)} {
		doc, err := specdoc.Read(filepath.ToSlash(path), os.ReadFile)
		require.NoError(t, err)
		got, err := Generate(Config{Spec: doc, Package: "api", Client: true})
		require.NoError(t, err)
		require.Equal(t, want, got, "the document at %s gives other bytes", path)
	}
	require.NoError(t, run([]string{"-spec", absolute, "-out", out}, io.Discard, io.Discard))
	assert.NoError(t, Check(out, want, io.Discard))
}

func TestFileLength(t *testing.T) {
	t.Parallel()
	for name, data := range generated(t) {
		assert.LessOrEqual(t, bytes.Count(data, []byte("\n")), maxLines, name)
	}
}

// TestDocumented checks that everything that go doc shows of gen/api has a comment.
func TestDocumented(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	var files []*ast.File
	for name, data := range generated(t) {
		file, err := parser.ParseFile(fset, name, data, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(fset, files, "api")
	require.NoError(t, err)
	assert.NotEmpty(t, pkg.Doc, "the package has no comment")
	for _, name := range undocumented(pkg) {
		t.Errorf("%s has no comment", name)
	}
}

func undocumented(pkg *doc.Package) []string {
	var names []string
	want := func(comment, name string) {
		if strings.TrimSpace(comment) == "" {
			names = append(names, name)
		}
	}
	funcs := func(prefix string, list []*doc.Func) {
		for _, f := range list {
			want(f.Doc, prefix+f.Name)
		}
	}
	values := func(list []*doc.Value) {
		for _, v := range list {
			want(v.Doc, strings.Join(v.Names, ", "))
		}
	}
	funcs("", pkg.Funcs)
	values(pkg.Consts)
	values(pkg.Vars)
	for _, typ := range pkg.Types {
		want(typ.Doc, typ.Name)
		funcs("", typ.Funcs)
		funcs(typ.Name+".", typ.Methods)
		values(typ.Consts)
		values(typ.Vars)
		ast.Inspect(typ.Decl, func(n ast.Node) bool {
			if fields, ok := n.(*ast.StructType); ok {
				for _, f := range fields.Fields.List {
					if len(f.Names) == 0 {
						continue // Embedded; documented at its declaration.
					}
					want(f.Doc.Text()+f.Comment.Text(), fmt.Sprint(typ.Name, ".", f.Names))
				}
			}
			return true
		})
	}
	return names
}

// TestMembers checks the maximum number of members of an object, and one more.
func TestMembers(t *testing.T) {
	t.Parallel()
	document := func(members int) []byte {
		b := []byte("openapi: 3.1.0\ncomponents:\n  schemas:\n    Thing:\n      type: object\n      properties:\n")
		for i := range members {
			b = fmt.Appendf(b, "        m%d: {type: string}\n", i)
		}
		return b
	}
	generate := func(members int) error {
		doc, err := specdoc.Parse("a.yaml", document(members))
		require.NoError(t, err)
		_, err = Generate(Config{Spec: doc, Package: "a"})
		return err
	}
	require.NoError(t, generate(64))
	assert.EqualError(t, generate(65), "a.yaml:5: #/components/schemas/Thing: an object can have at most 64 members")
}
