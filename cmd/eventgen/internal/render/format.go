package render

import (
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// packages has the import paths of the packages that printed code may use, by name.
var packages = map[string]string{
	"base64": "encoding/base64",
	"fmt":    "fmt",
	"json":   "encoding/json",
	"math":   "math",
	"slog":   "log/slog",
	"time":   "time",
	"utf8":   "unicode/utf8",
	"wire":   "github.com/voicelane/realtime-go/wire",
}

// Format adds the imports that the source needs and formats it. An error shows the
// source around the bad line.
func Format(name string, src []byte) ([]byte, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, sourceError(name, src, err)
	}
	if imports := needed(file); len(imports) > 0 && len(file.Imports) == 0 {
		end := int(file.Name.End()) - int(file.FileStart)
		src = slices.Concat(src[:end], []byte("\n\n"+importDecl(imports)), src[end:])
	}
	out, err := format.Source(src)
	if err != nil {
		return nil, sourceError(name, src, err)
	}
	return out, nil
}

// needed returns the import paths of the packages that the file uses.
func needed(file *ast.File) []string {
	var paths []string
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok {
			if path := packages[x.Name]; path != "" && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
		return true
	})
	slices.Sort(paths)
	return paths
}

// importDecl returns an import declaration, the standard library first.
func importDecl(paths []string) string {
	var std, other []string
	for _, p := range paths {
		if strings.Contains(p, ".") {
			other = append(other, strconv.Quote(p))
		} else {
			std = append(std, strconv.Quote(p))
		}
	}
	if len(std) > 0 && len(other) > 0 {
		std = append(std, "")
	}
	return "import (\n" + strings.Join(append(std, other...), "\n") + "\n)\n"
}

func sourceError(name string, src []byte, err error) error {
	line := 0
	if list, ok := errors.AsType[scanner.ErrorList](err); ok && len(list) > 0 {
		line = list[0].Pos.Line
	}
	var b strings.Builder
	for i, text := range strings.Split(string(src), "\n") {
		if n := i + 1; n >= line-5 && n <= line+5 {
			mark := "  "
			if n == line {
				mark = "> "
			}
			fmt.Fprintf(&b, "%s%5d %s\n", mark, n, text)
		}
	}
	return fmt.Errorf("%s: %w\n%s", name, err, b.String())
}

// Distinct returns an error if two files of a package declare the same name. The model
// keeps the names of types distinct; a function or the client can still use one.
func Distinct(files map[string][]byte) error {
	owner := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file, err := parser.ParseFile(token.NewFileSet(), name, files[name], parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, ident := range declared(file) {
			if other, ok := owner[ident]; ok {
				return fmt.Errorf("%s and %s both declare %s: rename a schema with x-go-name", other, name, ident)
			}
			owner[ident] = name
		}
	}
	return nil
}

// declared returns the package-level names that a file declares.
func declared(file *ast.File) []string {
	var names []string
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil {
				names = append(names, decl.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, spec.Name.Name)
				case *ast.ValueSpec:
					for _, n := range spec.Names {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "_" })
}

// Fits returns an error if source, a further file of a package, uses a name that no file
// of the package declares, or declares one that another file does.
func Fits(files map[string][]byte, source []byte) error {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, 0) // Resolves names within the file.
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		other, err := parser.ParseFile(token.NewFileSet(), name, files[name], parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, ident := range declared(other) {
			known[ident] = true
		}
	}
	for _, ident := range declared(file) {
		if known[ident] {
			return fmt.Errorf("it declares %s, and so do the types: rename a schema with x-go-name", ident)
		}
	}
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		known[path[strings.LastIndexByte(path, '/')+1:]] = true
		if spec.Name != nil {
			known[spec.Name.Name] = true
		}
	}
	for _, ident := range file.Unresolved {
		if !known[ident.Name] && types.Universe.Lookup(ident.Name) == nil {
			return fmt.Errorf("it needs a type %s, which the package does not have", ident.Name)
		}
	}
	return nil
}
