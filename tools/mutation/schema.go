package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

//go:embed internal/mutant/mutant.go
var switches string

// schema rewrites the packages of a target so that one program holds all faults, each
// behind a switch.
type schema struct {
	module, target string
	points         map[string]int  // By file:line:column.
	refused        map[string]bool // The lines, as file:line, where a switch does not compile.
}

// newSchema numbers the places of the mutants.
func newSchema(module, target string, mutants []mutant) *schema {
	s := &schema{module: module, target: target, points: make(map[string]int), refused: make(map[string]bool)}
	for _, m := range mutants {
		if s.points[m.At] == 0 {
			s.points[m.At] = len(s.points) + 1
		}
	}
	return s
}

// write rewrites the packages and returns the points that have a switch. Where the result
// does not compile, it leaves the line as it was and tries again.
func (s *schema) write(ctx context.Context) (map[string]int, error) {
	clean, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	for _, pkg := range clean {
		if len(pkg.Errors) > 0 {
			return nil, pkg.Errors[0]
		}
	}
	for {
		written := make(map[string]int)
		for _, pkg := range clean {
			if err := s.rewrite(pkg, written); err != nil {
				return nil, err
			}
		}
		before := len(s.refused)
		rewritten, err := s.load(ctx)
		if err != nil {
			return nil, err
		}
		for _, pkg := range rewritten {
			for _, e := range pkg.Errors {
				s.refused[s.line(e.Pos)] = true
			}
		}
		if len(s.refused) == before {
			for _, pkg := range rewritten {
				for _, e := range pkg.Errors {
					return nil, errors.New(e.Error())
				}
			}
			return written, nil
		}
	}
}

func (s *schema) load(ctx context.Context) ([]*packages.Package, error) {
	return packages.Load(&packages.Config{
		Context: ctx,
		Dir:     s.module,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
			packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo,
	}, "./"+s.target+"/...")
}

// line shortens the place of an error to file:line below the module.
func (s *schema) line(at string) string {
	parts := strings.SplitN(at, ":", 3)
	if len(parts) < 2 {
		return at
	}
	name, err := filepath.Rel(s.module, parts[0])
	if err != nil {
		return at
	}
	return filepath.ToSlash(name) + ":" + parts[1]
}

// rewrite writes the files of a package, and one with the switches beside them.
func (s *schema) rewrite(pkg *packages.Package, written map[string]int) error {
	dir := ""
	for _, file := range pkg.Syntax {
		name := pkg.Fset.Position(file.Package).Filename
		text, err := s.original(name)
		if err != nil {
			return err
		}
		w := writer{schema: s, pkg: pkg, file: file, written: written}
		ast.Inspect(file, w.visit)
		if err := os.WriteFile(name, w.edits.apply(text), 0o600); err != nil {
			return err
		}
		dir = filepath.Dir(name)
	}
	if dir == "" {
		return nil
	}
	text := strings.Replace(switches, "\npackage mutant\n", "\npackage "+pkg.Name+"\n", 1)
	return os.WriteFile(filepath.Join(dir, "mutant_switches.go"), []byte(text), 0o600) //nolint:gosec // of the copy
}

// original returns the text of a file before it was first rewritten.
func (s *schema) original(name string) ([]byte, error) {
	kept := name + ".original"
	text, err := os.ReadFile(kept) //nolint:gosec // of the copy
	if err == nil {
		return text, nil
	}
	text, err = os.ReadFile(name) //nolint:gosec // of the copy
	if err != nil {
		return nil, err
	}
	return text, os.WriteFile(kept, text, 0o600) //nolint:gosec // of the copy
}

// binaries are the functions that stand for operators.
var binaries = map[token.Token]string{
	token.LSS: "mutantLess", token.LEQ: "mutantAtMost", token.GTR: "mutantMore", token.GEQ: "mutantAtLeast",
	token.ADD: "mutantSum", token.SUB: "mutantDifference", token.MUL: "mutantProduct", token.QUO: "mutantQuotient",
	token.REM: "mutantRemainder",
}

var unaries = map[token.Token]string{token.SUB: "mutantNegative", token.ADD: "mutantPositive"}

// writer collects the edits of one file. They add no lines.
type writer struct {
	*schema
	pkg     *packages.Package
	file    *ast.File
	written map[string]int
	edits   edits
}

// visit adds the switches of a node. A constant that must be one has none.
func (w *writer) visit(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.GenDecl:
		return n.Tok != token.CONST
	case *ast.ArrayType:
		if n.Len != nil {
			ast.Inspect(n.Elt, w.visit)
			return false
		}
	case *ast.BinaryExpr:
		w.binary(n)
	case *ast.UnaryExpr:
		if name, ok := unaries[n.Op]; ok {
			w.point(n.OpPos, func(point int) {
				w.edits.replace(w.offset(n.OpPos), len(n.Op.String()), w.call(name, w.typeOf(n), point))
				w.edits.close(w.offset(n.End()), ")")
			})
		}
	case *ast.IncDecStmt:
		w.point(n.TokPos, func(point int) {
			assign := map[token.Token]string{token.INC: " += ", token.DEC: " -= "}[n.Tok]
			w.edits.replace(w.offset(n.TokPos), len(n.Tok.String()), assign+strings.TrimSuffix(w.call("mutantStep", w.typeOf(n.X), point), ", ")+")")
		})
	}
	return true
}

func (w *writer) binary(n *ast.BinaryExpr) {
	if n.Op == token.EQL || n.Op == token.NEQ {
		w.point(n.OpPos, func(point int) {
			w.edits.open(w.offset(n.Pos()), "((")
			w.edits.close(w.offset(n.End()), fmt.Sprintf(") != mutantIs(%d))", point))
		})
		return
	}
	name, ok := binaries[n.Op]
	if !ok {
		return
	}
	t := w.typeOf(n)
	switch n.Op {
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		if t = w.typeOf(n.X); isUntyped(t) {
			t = w.typeOf(n.Y)
		}
	default:
		if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 {
			return // The mutant does not compile.
		}
	}
	w.point(n.OpPos, func(point int) {
		w.edits.open(w.offset(n.Pos()), w.call(name, t, point))
		w.edits.replace(w.offset(n.OpPos), len(n.Op.String()), ",")
		w.edits.close(w.offset(n.End()), ")")
	})
}

// point adds the edits of a place, if it has a number and can have a switch.
func (w *writer) point(pos token.Pos, add func(point int)) {
	p := w.pkg.Fset.Position(pos)
	line := w.line(fmt.Sprintf("%s:%d", p.Filename, p.Line))
	at := fmt.Sprintf("%s:%d", line, p.Column)
	point := w.points[at]
	if point == 0 || w.refused[line] {
		return
	}
	w.written[at] = point
	add(point)
}

func (w *writer) offset(pos token.Pos) int { return w.pkg.Fset.Position(pos).Offset }

func (w *writer) typeOf(e ast.Expr) types.Type { return w.pkg.TypesInfo.TypeOf(e) }

func isUntyped(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Info()&types.IsUntyped != 0
}

// call begins a call for values of type t, which is left to inference if the file cannot
// name it.
func (w *writer) call(name string, t types.Type, point int) string {
	known := true
	text := types.TypeString(types.Default(t), func(p *types.Package) string {
		if p == w.pkg.Types {
			return ""
		}
		for _, spec := range w.file.Imports {
			if strings.Trim(spec.Path.Value, "`\"") != p.Path() {
				continue
			}
			if spec.Name == nil {
				return p.Name()
			}
			return spec.Name.Name
		}
		known = false
		return p.Name()
	})
	if known {
		name += "[" + text + "]"
	}
	return fmt.Sprintf("%s(%d, ", name, point)
}
