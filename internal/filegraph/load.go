package filegraph

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Load returns the graphs of the packages that match patterns, such as "./...", in the
// module at dir. It leaves out packages whose files are all generated. It runs go list,
// which compiles the imported packages.
func Load(ctx context.Context, dir string, patterns ...string) ([]*Graph, error) {
	const format = `{{.ImportPath}}|{{.Export}}|{{.Dir}}|{{.DepOnly}}|{{join .GoFiles " "}}`
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-export", "-deps", "-f", format}, patterns...)...) //nolint:gosec // The caller's own patterns.
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("filegraph: go list: %w", err)
	}
	l := loader{exports: map[string]string{}, fset: token.NewFileSet()}
	l.importer = importer.ForCompiler(l.fset, "gc", l.open)
	var listed [][]string
	for line := range strings.Lines(string(out)) {
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		l.exports[parts[0]] = parts[1]
		if parts[3] == "false" && parts[4] != "" {
			listed = append(listed, parts)
		}
	}
	var graphs []*Graph
	for _, p := range listed {
		g, err := l.graph(p[0], p[2], strings.Fields(p[4]))
		if err != nil {
			return nil, fmt.Errorf("filegraph: %w", err)
		}
		if len(g.Files) > 0 {
			graphs = append(graphs, g)
		}
	}
	return graphs, nil
}

type loader struct {
	exports  map[string]string // Files of export data by import path.
	fset     *token.FileSet
	importer types.Importer
}

func (l *loader) open(path string) (io.ReadCloser, error) {
	file := l.exports[path]
	if file == "" {
		return nil, fmt.Errorf("no export data of %s", path)
	}
	return os.Open(file) //nolint:gosec // The path is from go list.
}

func (l *loader) graph(path, dir string, names []string) (*Graph, error) {
	g := &Graph{Path: path}
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(l.fset, filepath.Join(dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
		if ast.IsGenerated(f) {
			continue
		}
		g.Files = append(g.Files, name)
		g.Lines += l.fset.File(f.Pos()).LineCount()
		if name == "doc.go" {
			g.Families = families(f)
		}
	}
	if len(g.Files) == 0 {
		return g, nil
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: l.importer}
	pkg, err := conf.Check(path, l.fset, files, info)
	if err != nil {
		return nil, err
	}
	g.Arrows = l.arrows(g.Files, pkg, info)
	return g, nil
}

// family matches an item of the list of families in a doc.go.
var family = regexp.MustCompile(`(?m)^//   - ([a-z0-9_]+)_\*`)

func families(f *ast.File) (names []string) {
	for _, group := range f.Comments {
		for _, line := range group.List {
			if m := family.FindStringSubmatch(line.Text); m != nil {
				names = append(names, m[1])
			}
		}
	}
	return names
}

func (l *loader) arrows(files []string, pkg *types.Package, info *types.Info) (arrows []Arrow) {
	used := map[[2]string]map[string]bool{}
	for id, obj := range info.Uses {
		if obj.Pkg() != pkg || !shared(obj) {
			continue
		}
		from, to := l.file(id.Pos()), l.file(obj.Pos())
		if from == to || !slices.Contains(files, from) || !slices.Contains(files, to) {
			continue
		}
		pair := [2]string{from, to}
		if used[pair] == nil {
			used[pair] = map[string]bool{}
		}
		used[pair][obj.Name()] = true
	}
	for pair, names := range used {
		arrows = append(arrows, Arrow{From: pair[0], To: pair[1], Names: slices.Sorted(maps.Keys(names))})
	}
	slices.SortFunc(arrows, func(a, b Arrow) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return arrows
}

// shared reports whether other files can use obj: it is declared in the package's
// scope, or it is a method or a field.
func shared(obj types.Object) bool {
	switch obj := obj.(type) {
	case *types.Var:
		return obj.IsField() || obj.Parent() == obj.Pkg().Scope()
	case *types.Func:
		return true
	default:
		return obj.Parent() == obj.Pkg().Scope()
	}
}

func (l *loader) file(pos token.Pos) string { return filepath.Base(l.fset.Position(pos).Filename) }
