package mission

import (
	"go/ast"
	"go/token"
	"iter"
	"strconv"
	"strings"
	"unicode"
)

// embeds separates a type and an embedded type in a name.
const embeds = " embeds "

// declarations yields the names of a declaration with their syntax nodes.
func declarations(d ast.Decl) iter.Seq2[string, ast.Node] {
	return func(yield func(string, ast.Node) bool) {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				name = receiver(d.Recv.List[0].Type) + "." + name
			}
			yield(name, d)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				for name, node := range specified(s) {
					if !yield(name, node) {
						return
					}
				}
			}
		}
	}
}

func specified(s ast.Spec) map[string]ast.Node {
	out := map[string]ast.Node{}
	switch s := s.(type) {
	case *ast.ValueSpec:
		for _, n := range s.Names {
			out[n.Name] = s
		}
	case *ast.TypeSpec:
		out[s.Name.Name] = s
		x, ok := s.Type.(*ast.StructType)
		if !ok {
			break
		}
		for _, f := range x.Fields.List {
			if len(f.Names) == 0 {
				out[s.Name.Name+embeds+receiver(f.Type)] = f
			}
			for _, n := range f.Names {
				out[s.Name.Name+"."+n.Name] = f
			}
		}
	}
	return out
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// subtests returns the string literals of a test function that can be names of subtests;
// see [Test.HasSubtest].
func subtests(f *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				names[printed(text)] = true
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			add(n.Key)
			if name, ok := n.Key.(*ast.Ident); ok && name.Name == "name" {
				add(n.Value)
			}
		case *ast.CompositeLit:
			if len(n.Elts) > 0 {
				add(n.Elts[0])
			}
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Run" && len(n.Args) == 2 {
				add(n.Args[0])
			}
		}
		return true
	})
	return names
}

// printed returns a subtest's name as the go command prints it.
func printed(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return '_'
		}
		return r
	}, name)
}
