package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// module is a module with a test that checks the result of F, and one that does
// not.
var module = map[string]string{
	"go.mod":      "module example.com/m\n\ngo 1.26\n",
	"a/a.go":      "package a\n\nfunc F() int { return 1 }\n",
	"a/a_test.go": "package a\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) {\n\tt.Run(\"one.case\", func(t *testing.T) {\n\t\tif F() != 1 {\n\t\t\tt.Fail()\n\t\t}\n\t})\n}\n\nfunc TestNothing(*testing.T) { F() }\n\nfunc TestMissing(t *testing.T) { t.Skip(\"not here\") }\n",
	"docs/mission.md": "| S001 | F | `a.F` | `a.TestF/one.case` |\n| S002 | F | `a.F` | `a.TestNothing` |\n" +
		"| S003 | F | `a.F` | `a.TestF` |\n| S004 | F | `a.F` | `a.TestMissing` |\n",
	"docs/mission-faults.yaml": "S001: &f {at: a.F, old: '1', new: '2'}\nS002: *f\nS003: {at: a.F, old: '1', new: 'one'}\nS004: *f\n",
}

// TestResults checks that only a failing test detects a fault, not a
// test that does not compile or does not run.
func TestResults(t *testing.T) {
	dir := t.TempDir()
	for name, text := range module {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	t.Chdir(dir)
	var log bytes.Buffer
	require.EqualError(t, run(t.Context(), "", 2, &log), "not detected: S002, S003")
	for _, want := range []string{
		`S001 .* detected by a TestF/one\.case`, `S002 .* NOT DETECTED: a\.TestNothing pass with the fault`,
		`S003 .* NOT DETECTED: the fault does not compile`, `S004 .* skipped`, `1 of 4 faults detected, 1 skipped`,
	} {
		assert.Regexp(t, want, log.String())
	}
	log.Reset()
	require.NoError(t, run(t.Context(), "S001", 1, &log))
	require.ErrorContains(t, run(t.Context(), "S001,S999", 1, &log), "1 of 2 rows are not in docs/mission.md")
}

func TestPattern(t *testing.T) {
	t.Parallel()
	g := group{tests: []string{"TestA/one.case", "TestB"}}
	assert.Equal(t, `^TestA$/^one\.case$|^TestB$`, g.pattern())
}
