package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{"a_gen.go": []byte("a"), "b_gen.go": []byte("b")}
	for name, c := range map[string]struct {
		change func(dir string) error
		want   string
	}{
		"same":    {func(string) error { return nil }, ""},
		"changed": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "a_gen.go"), nil, 0o600) }, "changed: DIR/a_gen.go\n"},
		"missing": {func(dir string) error { return os.Remove(filepath.Join(dir, "b_gen.go")) }, "missing: DIR/b_gen.go\n"},
		"extra":   {func(dir string) error { return os.WriteFile(filepath.Join(dir, "c.go"), nil, 0o600) }, "extra: DIR/c.go\n"},
		"none":    {os.RemoveAll, "missing: DIR/a_gen.go\nmissing: DIR/b_gen.go\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "api")
			require.NoError(t, Write(dir, files))
			require.NoError(t, c.change(dir))
			var report strings.Builder
			err := Check(dir, files, &report)
			assert.Equal(t, strings.ReplaceAll(c.want, "DIR", filepath.ToSlash(dir)), report.String())
			assert.Equal(t, c.want != "", err != nil, "%v", err)
		})
	}
}

// TestWrite checks that only generated files of an earlier run are removed.
func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"old_gen.go", "a_gen.go", "hand_written.go"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("before"), 0o600))
	}
	require.NoError(t, Write(dir, map[string][]byte{"a_gen.go": []byte("after")}))
	assert.NoFileExists(t, filepath.Join(dir, "old_gen.go"))
	assert.FileExists(t, filepath.Join(dir, "hand_written.go"))
	got, err := os.ReadFile(filepath.Join(dir, "a_gen.go"))
	require.NoError(t, err)
	assert.Equal(t, "after", string(got))
}

func TestRun(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	args := []string{"-spec", "testdata/golden/events/openapi.yaml", "-package", "events", "-out", out}
	require.NoError(t, run(args, io.Discard, io.Discard))
	require.NoError(t, run(append(args, "-check"), io.Discard, io.Discard))
	require.NoError(t, os.Remove(filepath.Join(out, "runtime_gen.go")))
	var report strings.Builder
	assert.Error(t, run(append(args, "-check"), &report, io.Discard))
	assert.Contains(t, report.String(), "missing: ")
	assert.NoFileExists(t, filepath.Join(out, "runtime_gen.go"), "-check writes nothing")
	assert.ErrorIs(t, run([]string{"-spec", "nowhere.yaml"}, io.Discard, io.Discard), os.ErrNotExist)
	assert.Error(t, run([]string{"-unknown"}, io.Discard, io.Discard))
}
