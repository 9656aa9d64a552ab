package doccode

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Compile type-checks the Go blocks of documents that belong to the module in dir, and
// returns how many there are. A block belongs to the first module of the repository that
// requires all of its imports. A program is checked as the compiler does; a fragment may
// leave variables unused. A bare number for a duration or for money is a fault. All blocks
// take one call of the go command.
func Compile(ctx context.Context, root, dir string, docs []*Document) (int, error) {
	modules, err := Modules(root)
	if err != nil {
		return 0, err
	}
	names, err := packageNames(root, modules)
	if err != nil {
		return 0, err
	}
	fset := token.NewFileSet()
	var sources []*source
	var faults []error
	imports := map[string]bool{}
	for _, doc := range docs {
		for i := range doc.Blocks {
			b := &doc.Blocks[i]
			if !b.compiled() {
				continue
			}
			src, err := parse(b, fset, names)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			switch m, err := home(modules, src.imports); {
			case err != nil:
				faults = append(faults, fmt.Errorf("%s: %w: %q", b, err, src.imports))
			case m.Dir == dir:
				sources = append(sources, src)
				for _, pkg := range src.imports {
					imports[pkg] = true
				}
			}
		}
	}
	if len(sources) == 0 {
		return 0, errors.Join(faults...)
	}
	files, err := exports(ctx, filepath.Join(root, filepath.FromSlash(dir)), slices.Sorted(maps.Keys(imports)))
	if err != nil {
		return 0, err
	}
	packages := importer.ForCompiler(fset, "gc", func(pkg string) (io.ReadCloser, error) {
		if files[pkg] == "" {
			return nil, fmt.Errorf("no package %s", pkg)
		}
		return os.Open(files[pkg])
	})
	for _, src := range sources {
		faults = append(faults, src.check(packages)...)
	}
	return len(sources), errors.Join(faults...)
}

// Homes returns the folders of the modules that blocks of the documents belong to, and a
// place for each.
func Homes(root string, docs []*Document) (map[string]string, error) {
	modules, err := Modules(root)
	if err != nil {
		return nil, err
	}
	names, err := packageNames(root, modules)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	homes := map[string]string{}
	for _, doc := range docs {
		for i := range doc.Blocks {
			b := &doc.Blocks[i]
			if !b.compiled() {
				continue
			}
			src, err := parse(b, fset, names)
			if err != nil {
				return nil, err
			}
			m, err := home(modules, src.imports)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", b, err)
			}
			homes[m.Dir] = b.String()
		}
	}
	return homes, nil
}

// check type-checks a block, and looks for bare numbers.
func (s *source) check(packages types.Importer) []error {
	var faults []error
	cfg := types.Config{
		Importer: packages,
		Error: func(err error) {
			if e := new(types.Error); errors.As(err, e) && e.Soft && s.fragment {
				return // Unused, which the rest of the program is not.
			}
			faults = append(faults, err)
		},
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	_, _ = cfg.Check(s.block.File, s.fset, []*ast.File{s.file}, info) // Error has the errors.
	return append(faults, s.bareNumbers(info)...)
}

// compiled reports whether a block is code of this repository's modules.
func (b *Block) compiled() bool { return b.Lang == "go" && b.TestedBy == "" }
