package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSwitches rewrites functions. Each operator is numbered in the order of its places.
func TestSwitches(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ from, to string }{
		"comparison":        {"func f(a, b int) bool { return a < b }", "func f(a, b int) bool { return mutantLess[int](1, a , b) }"},
		"a constant first":  {"func f(a int8) bool { return 3 >= a }", "func f(a int8) bool { return mutantAtLeast[int8](1, 3 , a) }"},
		"nil":               {"func f(a error) bool { return a != nil }", "func f(a error) bool { return ((a != nil) != mutantIs(1)) }"},
		"a named result":    {"func f(a int) (b t) { b = a == 1; return }; type t bool", "func f(a int) (b t) { b = ((a == 1) != mutantIs(1)); return }; type t bool"},
		"a named value":     {"type t bool; func f(a int) t { var b t = a < 1; return b }", "type t bool; func f(a int) t { var b t = a < 1; return b }"},
		"nested":            {"func f(a, b int) bool { return a+b*2 < -a }", "func f(a, b int) bool { return mutantLess[int](3, mutantSum[int](1, a,mutantProduct[int](2, b,2)) , mutantNegative[int](4, a)) }"},
		"to the left":       {"func f(a int) int { return -a - 1 - a }", "func f(a int) int { return mutantDifference[int](3, mutantDifference[int](2, mutantNegative[int](1, a) , 1) , a) }"},
		"another package":   {"import d \"time\"; func f() d.Duration { return 5*d.Second }", "import d \"time\"; func f() d.Duration { return mutantProduct[d.Duration](1, 5,d.Second) }"},
		"no name":           {"import \"time\"; func f(a *time.Timer) bool { return time.Now().Weekday() > 3 }", "import \"time\"; func f(a *time.Timer) bool { return mutantMore[time.Weekday](1, time.Now().Weekday() , 3) }"},
		"steps":             {"func f(a []uint8) { for i := 0; ; i++ { a[i]-- } }", "func f(a []uint8) { for i := 0; ; i += mutantStep[int](1) { a[i] -= mutantStep[uint8](2) } }"},
		"text":              {"func f(a string) string { return a + \".\" }", "func f(a string) string { return a + \".\" }"},
		"text in order":     {"func f(a string) bool { return a + \".\" > \"b\" }", "func f(a string) bool { return mutantMore[string](2, a + \".\" , \"b\") }"},
		"constants":         {"const c = 2 * 3; var a [c - 1]int", "const c = 2 * 3; var a [c - 1]int"},
		"beside a length":   {"func f(a int) { _ = [1 + 1]bool{a > 1} }", "func f(a int) { _ = [1 + 1]bool{mutantMore[int](2, a , 1)} }"},
		"any of some types": {"func f[T int | string](a, b T) T { return a + b }", "func f[T int | string](a, b T) T { return a + b }"},
		"a shift":           {"func f(n uint8) uint64 { return 1<<n - 1 }", "func f(n uint8) uint64 { return mutantDifference[uint64](1, 1<<n , 1) }"},
		"too large":         {"func f() uint64 { return 1<<64 - 1 }", "func f() uint64 { return 1<<64 - 1 }"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			text := "package p; " + test.from + "\n"
			write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26\n")
			write(t, dir, "p/p.go", text)
			_, err := newSchema(dir, "p", operators(t, text)).write(t.Context())
			require.NoError(t, err)
			got, err := os.ReadFile(filepath.Join(dir, "p/p.go"))
			require.NoError(t, err)
			assert.Equal(t, "package p; "+test.to+"\n", string(got))
		})
	}
}

// operators returns a mutant of each operator of p/p.go.
func operators(t *testing.T, text string) []mutant {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "p/p.go", text, 0)
	require.NoError(t, err)
	var all []mutant
	add := func(pos token.Pos) {
		all = append(all, mutant{At: fmt.Sprint(set.Position(pos)), Type: "CONDITIONALS_NEGATION", covered: true})
	}
	var visit func(ast.Node) bool
	visit = func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.BinaryExpr:
			ast.Inspect(n.X, visit)
			if n.Op != token.SHL {
				add(n.OpPos)
			}
			ast.Inspect(n.Y, visit)
			return false
		case *ast.UnaryExpr:
			add(n.OpPos)
		case *ast.IncDecStmt:
			add(n.TokPos)
		}
		return true
	}
	ast.Inspect(file, visit)
	return all
}

func TestCodeThatDoesNotCompile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26\n")
	write(t, dir, "p/p.go", "package p\n\nvar a = b < 1\n")
	_, err := newSchema(dir, "p", nil).write(t.Context())
	require.ErrorContains(t, err, "undefined: b")
	assert.True(t, strings.HasPrefix(switches, "// Package mutant"), "the file is found again after the package clause is changed")
}
