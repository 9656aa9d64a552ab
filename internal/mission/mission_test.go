package mission_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/mission"
)

// load writes files into a folder and reads it as a module.
func load(t *testing.T, files map[string]string) (*mission.Module, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	m, err := mission.Load(dir)
	require.NoError(t, err)
	return m, dir
}

func TestRows(t *testing.T) {
	t.Parallel()
	const doc = "# Title\n\n| row | what | identifier | test |\n|---|---|---|---|\n" +
		"| S001 | A thing | `a.B`, `a.C.D` | `a.TestB/one_case` |\n"
	assert.Equal(t, []mission.Row{
		{ID: "S001", What: "A thing", Identifiers: []string{"a.B", "a.C.D"}, Tests: []string{"a.TestB/one_case"}},
	}, mission.Rows(doc))
}

func TestPlant(t *testing.T) {
	t.Parallel()
	m, dir := load(t, map[string]string{
		"a/a.go":        "package a\n\ntype T struct{}\n\nfunc (*T) F() int { return 1 }\n\nfunc G() int { return 1 }\n\nfunc H() int { return 2 }\n",
		"a/a_test.go":   "package a\n\nfunc helper() int { return 2 }\n",
		"b/go.mod":      "module b\n",
		"b/b.go":        "package b\n\nfunc H() int { return 2 }\n",
		"c/main.go":     "package main\n\nfunc main() {}\n",
		"testdata/d.go": "not Go",
	})
	for name, tc := range map[string]struct {
		fault mission.Fault
		fails string
	}{
		"in a method":   {fault: mission.Fault{At: "a.T.F", Old: "return 1", New: "return 3"}},
		"anywhere":      {fault: mission.Fault{Old: "return 2", New: "return 3"}},
		"twice":         {mission.Fault{Old: "return 1", New: "return 3"}, "2 times"},
		"not there":     {mission.Fault{At: "a.G", Old: "return 2", New: "return 3"}, "0 times"},
		"not declared":  {mission.Fault{At: "a.X", Old: "return 2", New: "return 3"}, "a.X is not declared"},
		"nested module": {mission.Fault{At: "b.H", Old: "return 2", New: "return 3"}, "b.H is not declared"},
		"no change":     {mission.Fault{At: "a.G", Old: "return 1", New: "return 1"}, "changes nothing"},
		"no text":       {mission.Fault{At: "a.G"}, "changes nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, text, err := m.Plant(tc.fault)
			if tc.fails != "" {
				require.ErrorContains(t, err, tc.fails)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, filepath.Join(dir, "a", "a.go"), file)
			assert.Contains(t, text, "return 3")
			assert.Contains(t, text, "func G() int { return 1 }")
		})
	}
	assert.True(t, m.Has("c"))
	assert.True(t, m.Has("a.T.F"))
	assert.False(t, m.Has("a.T.G"))
}

func TestSubtests(t *testing.T) {
	t.Parallel()
	m, _ := load(t, map[string]string{
		"a/a_test.go": `package a_test

func TestA(t *testing.T) {
	for name := range map[string]int{"one case": 1} {
		t.Run(name, func(t *testing.T) { t.Run("inner", nil) })
	}
	_ = []row{{"first", 1}, {name: "named", text: "value"}}
	_ = "elsewhere"
}
`,
		"a/b_js_test.go": "package a_test\n\nfunc TestB() {}\n",
	})
	found := m.Tests("a.TestA/any")
	require.Len(t, found, 1)
	assert.Equal(t, "a", found[0].Dir)
	assert.False(t, found[0].Browser)
	for name, want := range map[string]bool{
		"one_case": true, "one_case/inner": true, "first": true, "named": true, "value": false, "elsewhere": false, "one case": false,
	} {
		assert.Equal(t, want, found[0].HasSubtest(name), name)
	}
	assert.True(t, m.Tests("a.TestB")[0].Browser)
	assert.Empty(t, m.Tests("a.TestC"))
}

func TestFaults(t *testing.T) {
	t.Parallel()
	faults, err := mission.Faults([]byte("S001: {at: a.B, old: x, new: y}\n"))
	require.NoError(t, err)
	assert.Equal(t, map[string]mission.Fault{"S001": {At: "a.B", Old: "x", New: "y"}}, faults)
	_, err = mission.Faults([]byte("S001: {from: x, to: y}\n"))
	require.Error(t, err)
}
