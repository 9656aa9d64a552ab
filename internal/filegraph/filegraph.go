// Package filegraph measures how the files of a package use each other: its
// circles of files, and the arrows that run against a declared order.
//
// [Load] makes one [Graph] for each package. Tests hold the bounds.
package filegraph

import (
	"bytes"
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

// Graph is the graph of one package's files, without tests.
type Graph struct {
	// Path is the package's import path.
	Path string
	// Files are the names of the files in alphabetical order.
	Files []string
	// Lines is the number of lines of all files.
	Lines int
	// Generated reports whether every file is generated.
	Generated bool
	// Arrows are sorted by From, then by To.
	Arrows []Arrow
}

// Arrow leads from a file to another one whose declarations it uses.
type Arrow struct {
	From, To string
	// Names are the functions, types, variables, constants, methods and fields
	// that From uses, sorted.
	Names []string
}

// Load returns the graphs of the packages that match patterns, such as "./...",
// in the module at dir. It runs go list, which compiles what is imported.
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
		graphs = append(graphs, g)
	}
	return graphs, nil
}

type loader struct {
	exports  map[string]string // Files of export data by import path.
	fset     *token.FileSet
	importer types.Importer
}

func (l *loader) open(path string) (io.ReadCloser, error) { return os.Open(l.exports[path]) }

func (l *loader) graph(path, dir string, names []string) (*Graph, error) {
	g := &Graph{Path: path, Files: names, Generated: true}
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(l.fset, filepath.Join(dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
		g.Generated = g.Generated && ast.IsGenerated(f)
		g.Lines += l.fset.File(f.Pos()).LineCount()
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: l.importer}
	pkg, err := conf.Check(path, l.fset, files, info)
	if err != nil {
		return nil, err
	}
	used := map[[2]string]map[string]bool{}
	for id, obj := range info.Uses {
		if obj.Pkg() != pkg || !shared(obj) {
			continue
		}
		pair := [2]string{l.file(id.Pos()), l.file(obj.Pos())}
		if pair[0] == pair[1] {
			continue
		}
		if used[pair] == nil {
			used[pair] = map[string]bool{}
		}
		used[pair][obj.Name()] = true
	}
	for pair, names := range used {
		g.Arrows = append(g.Arrows, Arrow{From: pair[0], To: pair[1], Names: slices.Sorted(maps.Keys(names))})
	}
	slices.SortFunc(g.Arrows, func(a, b Arrow) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return g, nil
}

// shared reports whether other files can use obj: it is declared in the
// package's scope, or it is a method or a field.
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

// Circles returns the sets of two or more files in which each file reaches each
// other along the arrows, the largest set first.
func (g *Graph) Circles() [][]string {
	c := circles{index: map[string]int{}, low: map[string]int{}, on: map[string]bool{}, next: map[string][]string{}}
	for _, a := range g.Arrows {
		c.next[a.From] = append(c.next[a.From], a.To)
	}
	for _, f := range g.Files {
		if c.index[f] == 0 {
			c.visit(f)
		}
	}
	slices.SortStableFunc(c.found, func(a, b []string) int { return cmp.Compare(len(b), len(a)) })
	return c.found
}

// LargestCircle returns the number of files in the largest circle, 1 if there is
// none.
func (g *Graph) LargestCircle() int {
	if all := g.Circles(); len(all) > 0 {
		return len(all[0])
	}
	return 1
}

// circles is the state of Tarjan's algorithm for strongly connected components.
type circles struct {
	index, low map[string]int
	on         map[string]bool // On the stack.
	stack      []string
	next       map[string][]string
	found      [][]string
}

func (c *circles) visit(f string) {
	c.index[f] = len(c.index) + 1
	c.low[f] = c.index[f]
	c.stack = append(c.stack, f)
	c.on[f] = true
	for _, to := range c.next[f] {
		if c.index[to] == 0 {
			c.visit(to)
			c.low[f] = min(c.low[f], c.low[to])
		} else if c.on[to] {
			c.low[f] = min(c.low[f], c.index[to])
		}
	}
	if c.low[f] != c.index[f] {
		return
	}
	i := slices.Index(c.stack, f)
	circle := slices.Sorted(slices.Values(c.stack[i:]))
	c.stack = c.stack[:i]
	for _, member := range circle {
		c.on[member] = false
	}
	if len(circle) > 1 {
		c.found = append(c.found, circle)
	}
}

// Up returns the arrows that run back up. families is the declared order, from
// the bottom: a family "call" holds call.go and all files call_*.go, and the
// longest name that matches decides. An arrow runs up when it leads to a later
// family, or to a file of the same circle in its own family.
//
// It returns an error for a file without a family and for a family without a file.
func (g *Graph) Up(families []string) ([]Arrow, error) {
	rank := map[string]int{}
	unused := map[string]bool{}
	for _, family := range families {
		unused[family] = true
	}
	for _, f := range g.Files {
		name := strings.TrimSuffix(f, ".go")
		best := -1
		for i, family := range families {
			if (name == family || strings.HasPrefix(name, family+"_")) && (best < 0 || len(family) > len(families[best])) {
				best = i
			}
		}
		if best < 0 {
			return nil, fmt.Errorf("filegraph: %s: no family for %s", g.Path, f)
		}
		rank[f] = best
		delete(unused, families[best])
	}
	if len(unused) > 0 {
		return nil, fmt.Errorf("filegraph: %s: families without a file: %s", g.Path, slices.Sorted(maps.Keys(unused)))
	}
	circle := map[string]int{}
	for i, c := range g.Circles() {
		for _, f := range c {
			circle[f] = i + 1
		}
	}
	var up []Arrow
	for _, a := range g.Arrows {
		inCircle := circle[a.From] != 0 && circle[a.From] == circle[a.To]
		if rank[a.To] > rank[a.From] || rank[a.To] == rank[a.From] && inCircle {
			up = append(up, a)
		}
	}
	return up, nil
}

// Families returns the families that a package's doc.go lists, from the bottom: the
// names at the beginning of comment lines that are indented by a tab. doc.go itself
// is the first family.
func Families(docFile string) ([]string, error) {
	doc, err := os.ReadFile(docFile) //nolint:gosec // The caller's own file.
	if err != nil {
		return nil, fmt.Errorf("filegraph: %w", err)
	}
	_, list, _ := bytes.Cut(doc, []byte("\npackage "))
	families := []string{"doc"}
	for _, m := range familyLine.FindAllSubmatch(list, -1) {
		families = append(families, string(m[1]))
	}
	return families, nil
}

var familyLine = regexp.MustCompile(`(?m)^//\t([a-z0-9_]+)  `)

// Summary returns one line with the graph's figures.
func (g *Graph) Summary() string {
	return fmt.Sprintf("%s: %d files, %d lines, %d arrows, largest circle %d", g.Path, len(g.Files), g.Lines, len(g.Arrows), g.LargestCircle())
}
