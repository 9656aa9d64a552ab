package doccode

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// source is a block as a Go file.
type source struct {
	block    *Block
	fset     *token.FileSet
	file     *ast.File
	imports  []string
	fragment bool // Not a whole file: what it leaves unused is used further on.
}

// known are names that fragments use without declaring them.
var known = map[string]string{
	"ctx":    "context.Context",
	"t":      "*testing.T",
	"w":      "http.ResponseWriter",
	"r":      "*http.Request",
	"err":    "error",
	"client": "*realtime.Client",
	"s":      "*realtime.Session",
	"line":   "voice.Line",
	"conv":   "*agent.Conversation",
}

// parse makes a file of a block. A fragment gets a package clause, a function around its
// statements, the variables that it takes for granted, and the imports of the packages,
// by name, that it uses.
func parse(b *Block, fset *token.FileSet, packages map[string]string) (*source, error) {
	if formatted, err := format.Source([]byte(b.Text)); err != nil {
		return nil, fmt.Errorf("%s: %w", b, err)
	} else if !bytes.Equal(formatted, []byte(b.Text)) {
		return nil, fmt.Errorf("%s: is not formatted by gofmt", b)
	}
	place := fmt.Sprintf("//line %s:%d\n", b.File, b.Line)
	src := &source{block: b, fset: fset}
	var err error
	if strings.HasPrefix(strings.TrimLeft(b.Text, "\n"), "package ") || strings.HasPrefix(b.Text, "//") && strings.Contains(b.Text, "\npackage ") {
		err = src.read(place + b.Text)
		return src, err
	}
	src.fragment = true
	body := place + b.Text
	if src.read("package fragment\n"+body) != nil {
		body = "func _() (any, error) {\n" + body + "\npanic(0)\n}\n"
		if err := src.read("package fragment\n" + body); err != nil {
			return nil, err
		}
	}
	// The names that the variables need are found by reading them as well.
	vars := src.variables()
	if err := src.read("package fragment\n" + vars + body); err != nil {
		return nil, err
	}
	imports := src.importsOf(packages)
	err = src.read("package fragment\n" + imports + vars + body)
	return src, err
}

func (s *source) read(text string) error {
	file, err := parser.ParseFile(s.fset, "", text, 0)
	if err != nil {
		return err
	}
	s.file, s.imports = file, nil
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		s.imports = append(s.imports, path)
		if err != nil {
			return err
		}
	}
	return nil
}

// variables returns declarations of the names that the block takes for granted.
func (s *source) variables() string {
	var out strings.Builder
	free := s.unresolved()
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if free[name] && !slices.ContainsFunc(s.block.Vars, func(v string) bool { return strings.HasPrefix(v, name+" ") }) {
			fmt.Fprintf(&out, "var %s %s\n", name, known[name])
		}
	}
	for _, v := range s.block.Vars {
		fmt.Fprintf(&out, "var %s\n", v)
	}
	return out.String()
}

func (s *source) importsOf(packages map[string]string) string {
	var out strings.Builder
	free := s.unresolved()
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		if free[name] {
			fmt.Fprintf(&out, "import %s %q\n", name, packages[name])
		}
	}
	return out.String()
}

func (s *source) unresolved() map[string]bool {
	names := map[string]bool{}
	for _, id := range s.file.Unresolved {
		names[id.Name] = true
	}
	return names
}

// errOrphan is returned for a block that no module of the repository can compile.
var errOrphan = errors.New("no module of the repository with a docs_test.go has all of its imports")
