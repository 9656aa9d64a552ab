package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func TestMutantsThatAreTheSameProgram(t *testing.T) {
	t.Parallel()
	all := unique([]mutant{
		{At: "p.go:1:1", Type: "INVERT_NEGATIVES", covered: true},
		{At: "p.go:2:1", Type: "ARITHMETIC_BASE", point: 2},
		{At: "p.go:1:1", Type: "CONDITIONALS_NEGATION", covered: true},
		{At: "p.go:1:1", Type: "ARITHMETIC_BASE", covered: true},
		{At: "p.go:3:1", Type: "ARITHMETIC_BASE"},
	})
	assert.Len(t, all, 4)
	r := runner{options: options{only: regexp.MustCompile(""), sample: 1}}
	var s summary
	assert.Len(t, r.choose(&s, all), 1)
	assert.Equal(t, 2, s.covered)
	assert.Equal(t, 1, s.uncovered, "the one without a switch may not compile")
}

const program = `package p

import "example.com/m/p/q"

func Less(a, b int) bool { return a < b }

func Name(a string) string { return a + "." }

func Sum(n int) (sum int) {
	for ; n > 0; n-- {
		sum += n
	}
	return sum
}

func Either(a, b bool) bool { return a || b == true }

func Above(a int) int { return q.Twice(a) - 1 }

func Sometimes(a int) int { return a - 2 }

func Slow(a int) int { return a * 3 }
`

const tests = `package p

import (
	"os"
	"testing"
)

func TestSum(t *testing.T) {
	if Sum(2) != 3 {
		t.Fatal()
	}
}

func TestLess(t *testing.T) {
	if !Less(1, 2) || Name("a") != "a." || !Either(true, false) || Above(2) != 3 {
		t.Fatal()
	}
}

func TestSometimes(t *testing.T) {
	if Sometimes(2) == 0 {
		return
	}
	if _, err := os.Stat("failed"); err != nil {
		_ = os.WriteFile("failed", nil, 0o600)
		t.Fatal()
	}
}

func TestSpeed(t *testing.T) { t.Fatal(Slow(1)) }

func TestBroken(t *testing.T) { t.Fatal(Slow(1)) }
`

// TestVerdicts tries mutants of a small module.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds programs")
	}
	dir := t.TempDir()
	r := &runner{options: options{skip: excluded, workers: 2}, copy: filepath.Join(dir, "module")}
	var log bytes.Buffer
	r.log = &log
	write(t, r.copy, "go.mod", "module example.com/m\n\ngo 1.26\n")
	write(t, r.copy, "p/p.go", program)
	write(t, r.copy, "p/p_test.go", tests)
	write(t, r.copy, "p/q/q.go", "package q\n\nfunc Twice(a int) int { return 2 * a }\n")
	cases := map[string]struct {
		mutant
		verdict, test string
	}{
		"killed":                  {mutant{At: "p/p.go:5:37", Type: "CONDITIONALS_NEGATION"}, killed, "p TestLess"},
		"lived":                   {mutant{At: "p/p.go:5:37", Type: "CONDITIONALS_BOUNDARY"}, lived, ""},
		"killed by another":       {mutant{At: "p/p.go:10:10", Type: "CONDITIONALS_NEGATION"}, killed, "p TestSum"},
		"never ends":              {mutant{At: "p/p.go:10:16", Type: "INCREMENT_DECREMENT"}, timedOut, "p TestSum"},
		"no switch":               {mutant{At: "p/p.go:7:39", Type: "ARITHMETIC_BASE"}, noSwitch, ""},
		"never evaluated":         {mutant{At: "p/p.go:16:45", Type: "CONDITIONALS_NEGATION"}, lived, "(never evaluated)"},
		"another package":         {mutant{At: "p/q/q.go:3:34", Type: "ARITHMETIC_BASE"}, killed, "p TestLess"},
		"detected once":           {mutant{At: "p/p.go:20:38", Type: "INVERT_NEGATIVES"}, lived, ""},
		"by tests that are left":  {mutant{At: "p/p.go:22:33", Type: "ARITHMETIC_BASE"}, lived, "(never evaluated)"},
		"by a test for its value": {mutant{At: "p/p.go:18:43", Type: "ARITHMETIC_BASE"}, killed, "p TestLess"},
	}
	var all []mutant
	for _, c := range cases {
		all = append(all, c.mutant)
	}
	points, err := newSchema(r.copy, "p", unique(all)).write(t.Context())
	require.NoError(t, err)
	b, err := newBench(t.Context(), r.options, r.copy, "p", r.log)
	require.NoError(t, err)
	b.grace = 300 * time.Millisecond
	require.NoError(t, b.measure(t.Context()))
	assert.Contains(t, log.String(), "fails without a fault: p TestBroken")
	assert.Len(t, b.tests, 3)
	for name, c := range cases {
		c.point = points[c.At]
		o := b.try(t.Context(), c.mutant)
		assert.Equal(t, c.verdict, o.Verdict, name)
		assert.Equal(t, c.test, o.Test, name)
		assert.Equal(t, name == "detected once", len(o.Flaky) == 1, "%s: %v", name, o.Flaky)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	p, q := "p", "q"
	tests := []test{{folder: p, time: groupTime / 2}, {folder: p, time: groupTime / 4}, {folder: q, time: 2 * groupTime}, {folder: q}}
	assert.Equal(t, 2, group(tests), "a process runs the tests of one folder")
	assert.Equal(t, 1, group(tests[2:]), "a slow test runs alone")
	assert.Equal(t, `^(TestA|Test\.B)$`, pattern(test{name: "TestA"}, test{name: "Test.B"}))
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"-only", "(", "wire"}, {"-skip", "(", "wire"}} {
		assert.Error(t, run(t.Context(), args, io.Discard), "%v", args)
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, "p/p.go", "package p\n")
	s := summary{target: "p", chosen: 100, outcomes: map[string]outcome{}}
	var round []outcome
	for i, verdict := range []string{killed, killed, killed, timedOut, lived, noSwitch} {
		m := mutant{At: "p/p.go:1:" + string(rune('1'+i)), Type: "ARITHMETIC_BASE"}
		round = append(round, outcome{mutant: m, Verdict: verdict})
	}
	var out bytes.Buffer
	s.add(&out, root, round)
	s.print(&out)
	assert.InDelta(t, 80, s.share(), 0.001, "a mutant that does not compile does not count")
	low, high := s.interval()
	assert.InDelta(t, 37.6, low, 0.1)
	assert.InDelta(t, 96.4, high, 0.1)
	assert.Contains(t, out.String(), "lived: p/p.go:1:5 ARITHMETIC_BASE \n\tpackage p\n")
	assert.Contains(t, out.String(), "p: killed 3, timed out 1, lived 1, no switch 1")
	assert.Contains(t, out.String(), "a sample of 6 of 100")
}
