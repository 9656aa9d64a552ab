package main

import (
	"bytes"
	"flag"
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
	files, err := Generate(Config{Spec: doc, Package: "api", Client: true, Strict: true})
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

// TestHelp checks that -h prints the usage and is no error.
func TestHelp(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"usage: eventgen [flags]":        {"-h"},
		"usage: eventgen diff [flags]":   {"diff", "-h"},
		"usage: eventgen import [flags]": {"import", "-h"},
	} {
		var out, errs strings.Builder
		assert.ErrorIs(t, run(args, &out, &errs), flag.ErrHelp)
		assert.True(t, strings.HasPrefix(errs.String(), want), errs.String())
	}
	err := run([]string{"spec.yaml"}, io.Discard, io.Discard)
	assert.ErrorContains(t, err, `unexpected argument "spec.yaml": the document is named by -spec`)
}
