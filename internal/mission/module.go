package mission

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Module has the declarations of the Go files of a module and its nested modules. A
// package has its own name, a program that of its folder.
type Module struct {
	names map[string]bool
	tests map[string][]Test
	decls map[string][]Place
	files map[string]string // Texts of the files that can have faults, by path.
}

// Place is a part of a file: text[Start:End].
type Place struct {
	File       string
	Start, End int
}

// Test is a test function.
type Test struct {
	Dir string
	// Browser is set for tests that run only in a browser.
	Browser  bool
	subtests map[string]bool
}

// Load reads the module in a folder.
func Load(root string) (*Module, error) {
	m := &Module{names: map[string]bool{}, tests: map[string][]Test{}, decls: map[string][]Place{}, files: map[string]string{}}
	nested := []string{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != root && (e.Name()[0] == '.' || e.Name() == "testdata" || e.Name() == "node_modules"):
			return filepath.SkipDir
		case e.IsDir() && path != root && isFile(filepath.Join(path, "go.mod")):
			nested = append(nested, path+string(filepath.Separator))
		case !e.IsDir() && filepath.Ext(path) == ".go":
			inner := false
			for _, dir := range nested {
				inner = inner || strings.HasPrefix(path, dir)
			}
			return m.add(root, path, inner)
		}
		return nil
	})
	return m, err
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// add reads a file. Files of nested modules cannot have faults.
func (m *Module) add(root, path string, nested bool) error {
	text, err := os.ReadFile(path) //nolint:gosec // The path is from the walk.
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir, err := filepath.Rel(root, filepath.Dir(path))
	if err != nil {
		return err
	}
	pkg := strings.TrimSuffix(file.Name.Name, "_test")
	if pkg == "main" {
		pkg = filepath.Base(dir)
		m.names[filepath.ToSlash(dir)] = true
	}
	isTest := strings.HasSuffix(path, "_test.go")
	if !isTest && !nested {
		m.files[path] = string(text)
	}
	for _, d := range file.Decls {
		for name, node := range declarations(d) {
			m.names[pkg+"."+name] = true
			if f, ok := d.(*ast.FuncDecl); ok && isTest {
				m.tests[pkg+"."+name] = append(m.tests[pkg+"."+name], Test{
					Dir: filepath.ToSlash(dir), Browser: strings.HasSuffix(path, "_js_test.go"), subtests: subtests(f),
				})
			} else if !isTest && !nested {
				m.decls[pkg+"."+name] = append(m.decls[pkg+"."+name], Place{path, set.Position(node.Pos()).Offset, set.Position(node.End()).Offset})
			}
		}
	}
	return nil
}

// Has reports whether a name is declared, in its type or in an embedded type.
func (m *Module) Has(name string) bool {
	if m.names[name] {
		return true
	}
	parts := strings.SplitN(name, ".", 3)
	if len(parts) < 3 {
		return false
	}
	owner := parts[0] + "." + parts[1] + embeds
	for n := range m.names {
		if inner, ok := strings.CutPrefix(n, owner); ok && m.Has(parts[0]+"."+inner+"."+parts[2]) {
			return true
		}
	}
	return false
}

// Tests returns the test functions called name; a subtest in the name is ignored. There
// can be several if packages share a name.
func (m *Module) Tests(name string) []Test {
	name, _, _ = strings.Cut(name, "/")
	return m.tests[name]
}

// HasSubtest reports whether the function has a subtest called name, in the go command's
// notation. The name must be a string literal in the function: the first argument of
// Run, a key of a table, or the first or the name member of a row. Computed names are
// not found, so no row of docs/mission.md can have one.
func (t Test) HasSubtest(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if !t.subtests[part] {
			return false
		}
	}
	return true
}
