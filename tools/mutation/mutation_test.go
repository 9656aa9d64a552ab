package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func TestFindNamesTheMutant(t *testing.T) {
	t.Parallel()
	const text = "package p\n\n// f compares.\nfunc f(a, b int) bool { return a-1 < b } // a < b\n"
	tests := map[string]struct {
		changed string
		want    mutant
	}{
		"boundary":   {"func f(a, b int) bool { return a-1 <= b }", mutant{At: "p/p.go:4:36", Type: "CONDITIONALS_BOUNDARY"}},
		"negation":   {"func f(a, b int) bool { return a-1 >= b }", mutant{At: "p/p.go:4:36", Type: "CONDITIONALS_NEGATION"}},
		"arithmetic": {"func f(a, b int) bool { return a+1 < b }", mutant{At: "p/p.go:4:33", Type: "ARITHMETIC_BASE"}},
		"another":    {"func f(a, b int) bool { return a*1 < b }", mutant{At: "p/p.go:4:33", Type: "- *"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			module, copied := t.TempDir(), t.TempDir()
			for _, root := range []string{module, copied} {
				write(t, root, "p/a.go", "package p\n")
				write(t, root, "p/p.go", text)
			}
			_, err := find(module, copied, "p")
			require.ErrorIs(t, err, errNoMutant)
			write(t, copied, "p/a.go", "package  p\n")
			_, err = find(module, copied, "p")
			require.ErrorIs(t, err, errNoMutant, "only spaces differ")
			write(t, copied, "p/p.go", "package p\n\n// f compares.\n"+test.changed+"\n")
			m, err := find(module, copied, "p")
			require.NoError(t, err)
			assert.Equal(t, test.want, m)
		})
	}
}

func TestMutantsThatAreTheSameProgram(t *testing.T) {
	t.Parallel()
	s := summary{}
	covered := s.count([]mutant{
		{At: "p.go:1:1", Type: "INVERT_NEGATIVES", covered: true},
		{At: "p.go:1:1", Type: "ARITHMETIC_BASE", covered: true},
		{At: "p.go:1:1", Type: "CONDITIONALS_NEGATION", covered: true},
		{At: "p.go:2:1", Type: "ARITHMETIC_BASE"},
	})
	assert.Len(t, covered, 2)
	assert.Equal(t, 2, s.covered)
	assert.Equal(t, 1, s.uncovered)
}

// TestVerdicts tries mutants of a small module, without gremlins.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds programs")
	}
	const text = "package p\n\nfunc Less(a, b int) bool { return a < b }\n\nfunc Name(a string) string { return a + \".\" }\n\n" +
		"func Sum(n int) (sum int) {\n\tfor ; n > 0; n-- {\n\t\tsum += n\n\t}\n\treturn sum\n}\n"
	const tests = "package p\n\nimport \"testing\"\n\nfunc TestLess(t *testing.T) {\n\tif !Less(1, 2) || Sum(2) != 3 || Name(\"a\") != \"a.\" {\n\t\tt.Fatal()\n\t}\n}\n"
	for name, test := range map[string]struct{ from, to, verdict, test string }{
		"killed":      {"a < b", "a >= b", killed, "p TestLess"},
		"lived":       {"a < b", "a <= b", lived, ""},
		"not viable":  {"a + \".\"", "a - \".\"", notViable, ""},
		"not chosen":  {"sum += n", "sum -= n", unchosen, ""},
		"killed late": {"n > 0", "n <= 0", killed, "p TestLess"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			module, copied := filepath.Join(dir, "module"), filepath.Join(dir, "copy")
			for _, root := range []string{module, copied} {
				write(t, root, "go.mod", "module example.com/p\n\ngo 1.26\n")
				write(t, root, "p/p.go", text)
				write(t, root, "p/p_test.go", tests)
			}
			p := plan{Go: "go", Module: module, Target: "p", Dir: filepath.Join(dir, "out")}
			require.NoError(t, os.Mkdir(p.Dir, 0o750))
			require.NoError(t, p.measure(t.Context(), 1))
			p.Chosen = map[string]bool{}
			changed := bytes.Replace([]byte(text), []byte(test.from), []byte(test.to), 1)
			write(t, copied, "p/p.go", string(changed))
			m, err := find(module, copied, "p")
			require.NoError(t, err)
			p.Chosen[m.key()] = test.verdict != unchosen
			o, err := p.judge(t.Context(), filepath.Join(copied, "p"))
			require.NoError(t, err)
			assert.Equal(t, test.verdict, o.Verdict)
			assert.Equal(t, test.test, o.Test)
		})
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	s := summary{target: "p", chosen: 100, outcomes: map[string]outcome{}}
	for i, verdict := range []string{killed, killed, killed, timedOut, lived, notViable} {
		m := mutant{At: "p/p.go:1:" + string(rune('1'+i)), Type: "ARITHMETIC_BASE"}
		s.outcomes[m.key()] = outcome{mutant: m, Verdict: verdict}
	}
	assert.InDelta(t, 80, s.share(), 0.001, "a mutant that does not compile does not count")
	low, high := s.interval()
	assert.InDelta(t, 37.6, low, 0.1)
	assert.InDelta(t, 96.4, high, 0.1)
	root := t.TempDir()
	write(t, root, "p/p.go", "package p\n")
	var out bytes.Buffer
	s.print(&out, root)
	assert.Contains(t, out.String(), "lived: p/p.go:1:5 ARITHMETIC_BASE \n\tpackage p\n")
	assert.Contains(t, out.String(), "p: killed 3, timed out 1, lived 1, not viable 1")
	assert.Contains(t, out.String(), "a sample of 6 of 100")
}
