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

// Module is what the Go files of the module declare, and of the modules nested
// in it. Packages go by their name, programs by that of their folder.
type Module struct {
	names map[string]bool
	tests map[string][]Test
	decls map[string][]Place
	files map[string]string // What faults are planted in, by path.
}

// Place is a part of a file: text[Start:End].
type Place struct {
	File       string
	Start, End int
}

// Test is a test function.
type Test struct {
	Dir string
	// Browser is set for tests that run in a browser alone.
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

// add reads one file. In files of nested modules no fault is planted.
func (m *Module) add(root, path string, nested bool) error {
	text, err := os.ReadFile(path) //nolint:gosec // The walk has found it.
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

// Has reports whether a name is declared, by its type or by one embedded in it.
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

// Tests returns the test functions of that name, without the subtest. There is
// one where names of packages are unique.
func (m *Module) Tests(name string) []Test {
	name, _, _ = strings.Cut(name, "/")
	return m.tests[name]
}

// HasSubtest reports whether the function holds a subtest of that name, as the
// go command prints it: it must stand as a text in the function, as the first
// argument of Run, as a key of a table, or as the first or the name member of a
// row. Names that a test makes out of others cannot be found, and no row of
// docs/mission.md may use one.
func (t Test) HasSubtest(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if !t.subtests[part] {
			return false
		}
	}
	return true
}
