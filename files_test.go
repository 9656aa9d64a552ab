package realtimego

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	mostLines  = 6000 // of a package
	mostCircle = 4    // files
	mostUp     = 10   // per cent of a package's arrows, and less than that; one is always allowed
)

// beyond lists packages that exceed a bound today. Take a package out once it does
// not; the test fails until then.
var beyond = []string{
	"cmd/eventgen",
	"cmd/eventgen/internal/diff",
	"cmd/eventgen/internal/importer",
	"cmd/eventgen/internal/load",
	"cmd/eventgen/internal/model",
	"examples/browser/talk",
	"internal/specdoc",
	"wire",
}

// TestFilesOfAPackagePointDown holds packages to a size and to an order among their
// files. An arrow runs from a file to one that declares a package-level name, a method
// or a field that it uses. Files that reach each other by arrows are a circle. An arrow
// runs up when it leads to a family of files above its own, or, within a circle, against
// the order of its files in which the fewest do. Families are listed in the package's
// doc.go, from the bottom up, as name_*. Generated files are not looked at.
func TestFilesOfAPackagePointDown(t *testing.T) {
	t.Parallel()
	for path, p := range loadPackages(t) {
		circle, up, arrows := p.largestCircle(), p.up(), p.count()
		t.Logf("%-32s %2d files %5d lines %3d arrows %2d up %2d in a circle", path, len(p.files), p.lines, arrows, up, len(circle))
		var faults []string
		if p.lines > mostLines {
			faults = append(faults, fmt.Sprintf("%d lines", p.lines))
		}
		if len(circle) > mostCircle {
			faults = append(faults, fmt.Sprintf("a circle of %d files: %v", len(circle), circle))
		}
		if up > 1 && up*100 >= mostUp*arrows {
			faults = append(faults, fmt.Sprintf("%d of %d arrows run up", up, arrows))
		}
		if slices.Contains(beyond, path) {
			assert.NotEmpty(t, faults, "%s keeps the bounds now: take it out of the list", path)
			continue
		}
		assert.Empty(t, faults, path)
	}
}

// filesOf is a package as its files see each other.
type filesOf struct {
	files    []string
	lines    int
	arrows   map[string]map[string]bool
	families []string
}

// loadPackages type-checks every package of the module that is not all generated.
func loadPackages(t *testing.T) map[string]*filesOf {
	t.Helper()
	exports := list(t, `{{.ImportPath}} {{.Export}}`, "-export", "-deps", "./...")
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		file := exports[strings.TrimPrefix(path, module+"/")]
		if len(file) == 0 {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(file[0])
	})
	packages := map[string]*filesOf{}
	for path, words := range list(t, `{{.ImportPath}} {{.Dir}}{{range .GoFiles}} {{.}}{{end}}`, "./...") {
		if p := newFiles(t, fset, imports, path, words[0], words[1:]); p != nil {
			packages[path] = p
		}
	}
	return packages
}

// newFiles type-checks one package. It returns nil when all of it is generated.
func newFiles(t *testing.T, fset *token.FileSet, imports types.Importer, path, dir string, names []string) *filesOf {
	t.Helper()
	p := &filesOf{arrows: map[string]map[string]bool{}}
	var parsed []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments)
		require.NoError(t, err)
		parsed = append(parsed, f)
		if !ast.IsGenerated(f) {
			p.files = append(p.files, name)
			p.lines += fset.File(f.Pos()).LineCount()
		}
	}
	if len(p.files) == 0 {
		return nil
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	pkg, err := (&types.Config{Importer: imports}).Check(module+"/"+path, fset, parsed, info)
	require.NoError(t, err)
	for ident, object := range info.Uses {
		if object.Pkg() == pkg && shared(object, pkg) {
			p.draw(filepath.Base(fset.Position(ident.Pos()).Filename), filepath.Base(fset.Position(object.Pos()).Filename))
		}
	}
	if doc, err := os.ReadFile(filepath.Join(dir, "doc.go")); err == nil {
		for _, m := range regexp.MustCompile(`(?m)^//   - ([a-z]+)_\*`).FindAllStringSubmatch(string(doc), -1) {
			p.families = append(p.families, m[1])
		}
	}
	return p
}

// shared reports whether an object can be used by another file: a package-level name,
// a method or a field.
func shared(object types.Object, pkg *types.Package) bool {
	switch object := object.(type) {
	case *types.Func:
		return true
	case *types.Var:
		return object.IsField() || object.Parent() == pkg.Scope()
	default:
		return object.Parent() == pkg.Scope()
	}
}

func (p *filesOf) draw(from, to string) {
	if from == to || !slices.Contains(p.files, from) || !slices.Contains(p.files, to) {
		return
	}
	if p.arrows[from] == nil {
		p.arrows[from] = map[string]bool{}
	}
	p.arrows[from][to] = true
}

func (p *filesOf) count() (n int) {
	for _, to := range p.arrows {
		n += len(to)
	}
	return n
}

// reach returns the files that arrows lead to from a file, in any number of steps.
func (p *filesOf) reach(from string) map[string]bool {
	seen, todo := map[string]bool{}, []string{from}
	for len(todo) > 0 {
		next := todo[0]
		todo = todo[1:]
		for to := range p.arrows[next] {
			if !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	return seen
}

// circles returns the circles of more than one file.
func (p *filesOf) circles() (all [][]string) {
	reach := map[string]map[string]bool{}
	for _, f := range p.files {
		reach[f] = p.reach(f)
	}
	done := map[string]bool{}
	for _, f := range p.files {
		if done[f] || !reach[f][f] {
			continue
		}
		var circle []string
		for _, other := range p.files {
			if other == f || reach[f][other] && reach[other][f] {
				circle = append(circle, other)
				done[other] = true
			}
		}
		all = append(all, circle)
	}
	return all
}

func (p *filesOf) largestCircle() (largest []string) {
	for _, c := range p.circles() {
		if len(c) > len(largest) {
			largest = c
		}
	}
	return largest
}

// up returns the number of arrows that run up.
func (p *filesOf) up() (n int) {
	for from, all := range p.arrows {
		for to := range all {
			if a, b := p.family(from), p.family(to); a >= 0 && b > a {
				n++
			}
		}
	}
	for _, circle := range p.circles() {
		n += p.against(circle)
	}
	return n
}

// family returns the place of a file's family, from the bottom; -1 is none.
func (p *filesOf) family(file string) int {
	return slices.IndexFunc(p.families, func(name string) bool {
		rest, ok := strings.CutPrefix(file, name)
		return ok && (rest[0] == '_' || rest[0] == '.')
	})
}

// against returns how many arrows of a circle run up in the order of its files that
// has the fewest such arrows. In a circle that is too large to try every order, all of
// them count.
func (p *filesOf) against(circle []string) int {
	all := 1<<len(circle) - 1
	if len(circle) > 14 {
		return p.between(circle, all, all)
	}
	// fewest[s] is the result for the files of the set s, those that stand lowest.
	fewest := make([]int, all+1)
	for set := 1; set <= all; set++ {
		fewest[set] = len(p.files) * len(p.files)
		for i := range circle {
			if one := 1 << i; set&one != 0 {
				below := set &^ one
				fewest[set] = min(fewest[set], fewest[below]+p.between(circle, below, one))
			}
		}
	}
	return fewest[all]
}

// between returns the number of arrows from one set of files to another.
func (p *filesOf) between(circle []string, from, to int) (n int) {
	for i, a := range circle {
		for j, b := range circle {
			if from&(1<<i) != 0 && to&(1<<j) != 0 && p.arrows[a][b] {
				n++
			}
		}
	}
	return n
}
