package doccode

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Module is a Go module of the repository.
type Module struct {
	Dir      string // Relative to the root, with slashes.
	Path     string
	requires []string
	checks   bool // Whether a test of it compiles blocks.
}

var (
	modulePath = regexp.MustCompile(`(?m)^module (\S+)$`)
	required   = regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+/\S+) v\S+`)
)

// Modules returns the modules of the repository, the root first.
func Modules(root string) ([]Module, error) {
	var modules []Module
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != root && (strings.HasPrefix(d.Name(), ".") || slices.Contains(skipped, d.Name())):
			return filepath.SkipDir
		case d.Name() != "go.mod":
			return nil
		}
		data, err := os.ReadFile(file) //nolint:gosec // A module of the repository.
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		m := Module{Dir: filepath.ToSlash(dir)}
		_, none := os.Stat(filepath.Join(filepath.Dir(file), "docs_test.go"))
		m.checks = none == nil
		if name := modulePath.FindSubmatch(data); name != nil {
			m.Path = string(name[1])
		}
		for _, r := range required.FindAllSubmatch(data, -1) {
			m.requires = append(m.requires, string(r[1]))
		}
		modules = append(modules, m)
		return nil
	})
	slices.SortFunc(modules, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	return modules, err
}

// owner returns the module of a package of the repository, or "".
func owner(modules []Module, pkg string) string {
	longest := ""
	for _, m := range modules {
		if within(pkg, m.Path) && len(m.Path) > len(longest) {
			longest = m.Path
		}
	}
	return longest
}

func within(pkg, module string) bool { return pkg == module || strings.HasPrefix(pkg, module+"/") }

// resolves reports whether a module can import a package.
func (m *Module) resolves(modules []Module, pkg string) bool {
	if first, _, _ := strings.Cut(pkg, "/"); !strings.Contains(first, ".") {
		return true // Of the standard library.
	}
	if of := owner(modules, pkg); of != "" {
		return of == m.Path || slices.Contains(m.requires, of)
	}
	return slices.ContainsFunc(m.requires, func(r string) bool { return within(pkg, r) })
}

// home returns the first module that can import all of the packages, of those with a test
// for it.
func home(modules []Module, imports []string) (*Module, error) {
	for i := range modules {
		m := &modules[i]
		if m.checks && !slices.ContainsFunc(imports, func(pkg string) bool { return !m.resolves(modules, pkg) }) {
			return m, nil
		}
	}
	return nil, errOrphan
}

// standard are the packages of the standard library that fragments use.
var standard = []string{
	"bytes", "context", "encoding/json", "errors", "fmt", "io", "log", "log/slog", "maps", "net", "net/http", "os",
	"os/exec", "os/signal", "slices", "strings", "testing", "time",
}

// packageNames returns the packages that fragments use without an import, by name.
func packageNames(root string, modules []Module) (map[string]string, error) {
	names := map[string]string{}
	for _, pkg := range standard {
		names[path.Base(pkg)] = pkg
	}
	for _, m := range modules {
		if m.Dir != "." {
			names[path.Base(m.Path)] = m.Path
		}
	}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.IsDir():
			return nil
		case file != root && (strings.HasPrefix(d.Name(), ".") || slices.Contains(skipped, d.Name()) || slices.Contains([]string{"internal", "examples", "tools", "cmd", "bench", "interop"}, d.Name())):
			return filepath.SkipDir
		}
		if found, err := filepath.Glob(filepath.Join(file, "*.go")); err != nil || found == nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		// Of the generated packages only api is for users; the names of the others are those of
		// packages that are.
		if rel = filepath.ToSlash(rel); err == nil && rel != "." && (!within(rel, "gen") || rel == "gen/api") {
			names[path.Base(rel)] = modules[0].Path + "/" + rel
		}
		return err
	})
	return names, err
}

// exports returns the files with the export data of packages and of all that they import.
func exports(ctx context.Context, dir string, packages []string) (map[string]string, error) {
	args := append([]string{"list", "-deps", "-export", "-f", "{{.ImportPath}} {{.Export}}"}, packages...)
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // Imports of the repository's documents.
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if pkg, file, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			files[pkg] = file
		}
	}
	return files, nil
}
